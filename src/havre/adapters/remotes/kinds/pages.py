"""Requests to the APIs that stand beside registries, and the JSON that they answer."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Final

from havre.adapters.remotes.caller import Caller, expect
from havre.adapters.remotes.sockets import Cut
from havre.adapters.remotes.transport import Answer, Request, shown
from havre.replication.errors import RemoteWrong

_LARGEST: Final = 32 << 20
_PAGE: Final = 100  # what all of them give at most
_PAGES: Final = 10_000  # a list that never ends is none
Json = object


def get_json(caller: Caller, url: str, cut: Cut, headers: Mapping[str, str] | None = None) -> Json:
    """Read a document. Raises: the errors of RemoteFailed."""
    with caller.ask_api(Request("GET", url, headers or {}), cut) as answer:
        expect(answer, 200)
        return read_json(answer)


def delete(
    caller: Caller, url: str, cut: Cut, statuses: Sequence[int], headers: Mapping[str, str] | None = None
) -> bool:
    """Delete what is at an address; False when nothing is. Raises: the errors of RemoteFailed."""
    with caller.ask_api(Request("DELETE", url, headers or {}), cut) as answer:
        if answer.status == 404:
            return False
        expect(answer, *statuses)
        return True


async def numbered(
    caller: Caller, url: str, size_name: str, headers: Mapping[str, str] | None = None
) -> AsyncIterator[dict[str, object]]:
    """Yield the objects of a list that comes in numbered pages, until one is not full.

    Raises: the errors of RemoteFailed.
    """
    separator = "&" if "?" in url else "?"
    for number in range(1, _PAGES):
        page_url = f"{url}{separator}page={number}&{size_name}={_PAGE}"
        page = as_list(await caller.run(partial(get_json, caller, page_url, headers=headers)), page_url)
        for one in page:
            yield one
        if len(page) < _PAGE:
            return


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


def objects_of(document: dict[str, object], name: str, url: str) -> list[dict[str, object]]:
    """Read a list of objects of an object, empty when there is none. Raises: RemoteWrong."""
    return as_list(document.get(name) or [], url)


def text_of(one: dict[str, object], name: str) -> str:
    """Read a text of an object, empty when there is none."""
    value = one.get(name)
    return value if isinstance(value, str) else ""
