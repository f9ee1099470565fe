"""One request as the handlers see it: parameters of path, query and header, and the body as a struct."""

from typing import Final, TypeVar
from urllib.parse import parse_qsl

import msgspec

from havre.edge.api.faults import SchemaViolated
from havre.edge.api.paging import read_page
from havre.edge.api.query import Query, parse_query
from havre.edge.wire.asgi import Receive, Scope
from havre.kernel.actor import Actor
from havre.kernel.errors import Invalid, TooLarge
from havre.kernel.pages import PageRequest

_BODY_LIMIT: Final = 1 << 20  # 1 MiB: the longest body of the contract, a CVE allowlist, is far below
_QUERY_LIMIT: Final = 16_384
_PARAMETER_LIMIT: Final = 64
_LARGEST_ID: Final = 2**63 - 1  # 64 bits, as the columns
_TRUE: Final = frozenset({"true", "1", "t"})
_FALSE: Final = frozenset({"false", "0", "f"})
Body = TypeVar("Body")


class ApiRequest:
    """Reads an ASGI scope; every reader raises SchemaViolated when the text is of another form."""

    def __init__(self, scope: Scope, receive: Receive, path: dict[str, str], actor: Actor) -> None:
        self._scope = scope
        self._receive = receive
        self._path = path
        self.actor = actor
        self.query_items = _read_query(scope["query_string"])
        self._query = dict(reversed(self.query_items))  # the first of repeated ones

    @property
    def path(self) -> str:
        """The path as it was sent."""
        return raw_path(self._scope)

    def header(self, name: bytes) -> str:
        """Get a header, empty when absent."""
        found = (value for key, value in self._scope["headers"] if key == name)
        return next(found, b"").decode("latin-1")

    def header_flag(self, name: bytes) -> bool:
        """Read a boolean header, false when absent."""
        return _flag(name.decode(), self.header(name), default=False)

    def text(self, name: str) -> str:
        """Get a parameter of the path."""
        return self._path[name]

    def number(self, name: str) -> int:
        """Read a parameter of the path that is an id."""
        text = self._path[name]
        if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= _LARGEST_ID):
            raise SchemaViolated(f"{name} in path must be a whole number, not {text[:40]!r}")
        return int(text)

    def project(self) -> str | int:
        """Read `project_name_or_id`: digits are an id unless X-Is-Resource-Name says otherwise."""
        text = self._path["project_name_or_id"]
        if self.header_flag(b"x-is-resource-name") or not (text.isascii() and text.isdigit()):
            return text
        return self.number("project_name_or_id")

    def query(self, name: str) -> str | None:
        """Get a parameter of the query, None when absent."""
        return self._query.get(name)

    def query_flag(self, name: str, *, default: bool) -> bool:
        """Read a boolean parameter of the query."""
        return _flag(name, self._query.get(name), default=default)

    def page(self) -> PageRequest:
        """Read `page` and `page_size`."""
        return read_page(self._query.get("page"), self._query.get("page_size"))

    def size(self, most: int = 100) -> int:
        """Read `size` of a list that goes by cursor, 20 when it is not given."""
        text = self._query.get("size") or "20"
        if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= most):
            raise SchemaViolated(f"size in query must be a whole number from 1 to {most}, not {text[:40]!r}")
        return int(text)

    def filters(self, *known: str) -> Query:
        """Read `q`; keys that are not known are ignored, or refused with `X-Strict-Query: true`.

        Raises: QueryInvalid, SchemaViolated.
        """
        query = parse_query(self._query.get("q", ""))
        unknown = sorted(set(query.terms) - set(known))
        if unknown and self.header_flag(b"x-strict-query"):
            raise SchemaViolated(f"q has unknown keys {', '.join(unknown)[:200]}: use {', '.join(known)}")
        return query

    async def body(self, kind: type[Body]) -> Body:
        """Read the body as JSON of this kind; a field that is null is as good as absent.

        Clients made from the contract send null for what they leave out, as Go reads it.
        Raises: TooLarge, Invalid when it is not JSON, SchemaViolated naming the field.
        """
        return _decode(await self._read_body(), kind)

    async def optional_body(self, kind: type[Body]) -> Body | None:
        """Read the body, or None when there is none.

        Raises: as `body`.
        """
        raw = await self._read_body()
        return _decode(raw, kind) if raw.strip() else None

    async def _read_body(self) -> bytes:
        pieces, total, has_more = list[bytes](), 0, True
        while has_more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Invalid("the body ended before it was complete")
            piece: bytes = message.get("body", b"")
            total += len(piece)
            if total > _BODY_LIMIT:
                raise TooLarge(f"the body is larger than {_BODY_LIMIT} bytes")
            pieces.append(piece)
            has_more = message.get("more_body", False)
        raw = b"".join(pieces)
        if b"\\u0000" in raw:  # no column keeps it on PostgreSQL
            raise SchemaViolated("a text in the body holds a NUL character")
        return raw


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def _decode(raw: bytes, kind: type[Body]) -> Body:
    try:
        text = raw.decode("utf-8")  # the decoder does not look into fields that it skips
        if "null" not in text:
            return msgspec.json.decode(text, type=kind)
        return msgspec.convert(_without_nulls(msgspec.json.decode(text)), kind)
    except msgspec.ValidationError as error:
        raise SchemaViolated(f"the body does not follow the contract: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Invalid(f"the body is not JSON that can be read: {error}") from None


def raw_path(scope: Scope) -> str:
    """Get the path before percent-decoding, so that an encoded slash stays in its segment."""
    raw: bytes | None = scope.get("raw_path")
    return str(scope["path"]) if raw is None else raw.decode("latin-1")


def _read_query(raw: bytes) -> list[tuple[str, str]]:
    if len(raw) > _QUERY_LIMIT:
        raise Invalid(f"the query is longer than {_QUERY_LIMIT} bytes")
    try:
        items = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, max_num_fields=_PARAMETER_LIMIT, errors="strict"
        )
    except (UnicodeError, ValueError):
        raise Invalid("the query string cannot be read: check its percent-encoding") from None
    if any("\0" in value for _, value in items):
        raise SchemaViolated("a parameter in the query holds a NUL character")
    return items


def _flag(name: str, text: str | None, *, default: bool) -> bool:
    if text is None or text == "":
        return default
    if text.lower() in _TRUE:
        return True
    if text.lower() in _FALSE:
        return False
    raise SchemaViolated(f"{name} must be true or false, not {text[:40]!r}")
