"""JSON over the APIs that stand beside registries."""

import json
from typing import Final

from havre.adapters.remotes.caller import Caller, expect
from havre.adapters.remotes.sockets import Cut
from havre.adapters.remotes.transport import Answer, Request, shown
from havre.replication.errors import RemoteWrong

_LARGEST: Final = 32 << 20
Json = object


def get_json(caller: Caller, url: str, cut: Cut, headers: dict[str, str] | None = None) -> Json:
    """Read a document. Raises: the errors of RemoteFailed."""
    with caller.ask_api(Request("GET", url, headers or {}), cut) as answer:
        expect(answer, 200)
        return read_json(answer)


def read_json(answer: Answer) -> Json:
    """Read the document of an answer. Raises: RemoteWrong."""
    try:
        return json.loads(answer.read(_LARGEST))
    except (ValueError, RecursionError) as error:
        raise RemoteWrong(f"{shown(answer.url)} answers no JSON") from error


def as_list(document: Json, url: str) -> list[dict[str, object]]:
    """Take a document as a list of objects. Raises: RemoteWrong."""
    if not isinstance(document, list) or not all(isinstance(one, dict) for one in document):
        raise RemoteWrong(f"{shown(url)} answers no list of objects")
    return document


def as_object(document: Json, url: str) -> dict[str, object]:
    """Take a document as an object. Raises: RemoteWrong."""
    if not isinstance(document, dict):
        raise RemoteWrong(f"{shown(url)} answers no object")
    return document


def text_of(one: dict[str, object], name: str) -> str:
    """Read a text of an object, empty when there is none."""
    value = one.get(name)
    return value if isinstance(value, str) else ""
