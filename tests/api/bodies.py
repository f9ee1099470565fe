"""Hostile bodies for one operation, made out of its schema in the contract."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from havre.edge.api.operations import BY_ID
from unit.edge.api.contract import swagger

_HUGE: Final = 2**70
_DEEP: Final = 100_000
_LARGE: Final = 1 << 21  # twice what a body may have
_LONG: Final = 70_000
# Values of another type, for each type of the contract.
_WRONG: Final[Mapping[str, tuple[object, ...]]] = {
    "string": (7, True, [], {}, ["a"]),
    "integer": ("x", 1.5, True, [], {}, _HUGE, -_HUGE),
    "number": ("x", [], {}),
    "boolean": ("yes", 7, [], {}),
    "object": ("x", 7, True, []),
    "array": ("x", 7, True, {"a": 1}),
}
# Texts that no column or header should be given blindly.
_TEXTS: Final = (
    "",
    " ",
    "\0",
    "a\0b",
    "x" * _LONG,
    "\U0001f6a2" * 300,
    "' OR 1=1 --",
    "../../etc",
    "a\nb\r\nc: d",
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """One body, described by `what`.

    A refusal must name `field`; nothing may come of one that `must_fail`.
    """

    what: str
    content: bytes
    field: str = ""
    must_fail: bool = True


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an operation in the contract."""

    schema: dict[str, Any]
    is_required: bool


def body_of(operation_id: str) -> Body | None:
    """Find the body of an operation; None when it takes none."""
    operation = BY_ID[operation_id]
    item = swagger()["paths"][operation.path]
    for parameter in (*item.get("parameters", ()), *item[operation.method.lower()].get("parameters", ())):
        if parameter.get("in") == "body":
            return Body(_resolved(parameter["schema"]), parameter.get("required", False))
    return None


def hostile_bodies(body: Body, sound: object) -> Iterator[Hostile]:
    """Make bodies around one that is sound."""
    schema = body.schema
    yield Hostile("nothing", b"", must_fail=body.is_required)
    yield Hostile("null", b"null", must_fail=body.is_required)
    yield from _wholes(schema)
    if not isinstance(sound, Mapping):
        return
    for name, raw in schema.get("properties", {}).items():
        field, kind = name.strip("'"), _resolved(raw).get("type", "object")
        for value in _WRONG[kind]:
            yield Hostile(f"{field} = {str(value)[:30]!r}", _encode({**sound, field: value}), field)
        if kind == "string":
            for text in _TEXTS:
                content = _encode({**sound, field: text})
                yield Hostile(f"{field} = {text[:10]!r} ({len(text)})", content, "", must_fail="\0" in text)
            surrogate = _encode({**sound, field: "SURROGATE"}).replace(b"SURROGATE", b"\\ud800")
            yield Hostile(f"{field} = a lone surrogate", surrogate)
    for name in sound:
        rest = {key: value for key, value in sound.items() if key != name}
        yield Hostile(f"without {name}", _encode(rest), must_fail=False)


def _wholes(schema: dict[str, Any]) -> Iterator[Hostile]:
    other = b"{}" if schema.get("type") == "array" else b"[]"
    yield Hostile("no JSON", b"{not json")
    yield Hostile("no UTF-8", b'{"a": "\xff\xfe"}')
    yield Hostile("a byte order mark", b"\xef\xbb\xbf{}")
    yield Hostile("another type", other)
    yield Hostile("a number", b"17")
    yield Hostile("a text", b'"text"')
    yield Hostile("deep lists", b"[" * _DEEP + b"]" * _DEEP)
    yield Hostile("deep objects", b'{"a":' * _DEEP + b"1" + b"}" * _DEEP)
    yield Hostile("deep objects with null", b'{"a":' * 900 + b"null" + b"}" * 900, must_fail=False)
    yield Hostile("too large", b'{"a": "' + b"x" * _LARGE + b'"}')
    yield Hostile("a huge number", b'{"a": ' + b"9" * 5000 + b"}", must_fail=False)
    yield Hostile("NaN", b'{"a": NaN}')


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = swagger()["definitions"][schema["$ref"].rpartition("/")[2]]
    return schema


def _encode(body: Mapping[str, object]) -> bytes:
    return json.dumps(body).encode()
