"""One request as the handlers see it: headers by name, query by name, the body with a limit."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from urllib.parse import parse_qs

from havre.edge.wire import BodyIncomplete, drain_body
from havre.edge.wire.asgi import Receive, Scope, Write
from havre.kernel.actor import Actor, Origin
from havre.kernel.errors import Invalid, TooLarge
from havre.registry.errors import BodyCutShort
from havre.registry.uploads import Drain

_QUERY_LIMIT = 16_384  # bytes: enough for the tags of one push, and for no attack
_PARAMETER_LIMIT = 256


class Request:
    """Reads an ASGI scope; parses nothing before it is asked for."""

    __slots__ = ("__dict__", "_receive", "actor", "method", "scope")

    def __init__(self, scope: Scope, receive: Receive, actor: Actor) -> None:
        self.scope = scope
        self._receive = receive
        self.actor = actor
        self.method: str = scope["method"]

    def header(self, name: bytes) -> str:
        """Get a header's value, the last one when repeated; empty when absent."""
        return header_of(self.scope["headers"], name)

    def joined_header(self, name: bytes) -> str:
        """Get all values of a header, joined by commas."""
        return ",".join(value.decode("latin-1") for key, value in self.scope["headers"] if key == name)

    @cached_property
    def _query(self) -> dict[str, list[str]]:
        raw: bytes = self.scope["query_string"]
        if not raw:
            return {}
        if len(raw) > _QUERY_LIMIT:
            raise Invalid(f"the query is longer than {_QUERY_LIMIT} bytes")
        if b"%00" in raw:  # no name or tag has one, and PostgreSQL takes no text that does
            raise Invalid("the query string contains the character NUL")
        try:
            return parse_qs(
                raw.decode("ascii"), keep_blank_values=True, max_num_fields=_PARAMETER_LIMIT, errors="strict"
            )
        except (UnicodeError, ValueError) as error:
            raise Invalid("the query string cannot be read: check its percent-encoding") from error

    def query(self, name: str) -> str | None:
        """Get a query parameter, None when absent."""
        values = self._query.get(name)
        return values[0] if values else None

    def query_all(self, name: str) -> Sequence[str]:
        """Get every value of a repeated query parameter."""
        return self._query.get(name, [])

    @property
    def content_length(self) -> int | None:
        """The announced length of the body; None when chunked or absent."""
        text = self.header(b"content-length")
        return int(text) if text.isascii() and text.isdigit() else None

    @property
    def has_body(self) -> bool:
        """Whether a body follows."""
        return bool(self.content_length) or bool(self.header(b"transfer-encoding"))

    def body_drain(self) -> Drain:
        """Make the function that takes the body, for the use cases.

        Raises: Invalid for a transfer coding whose end nobody could tell (RFC 9112, section 6.3).
        """
        coding = self.header(b"transfer-encoding").strip(" \t").lower()
        if coding not in ("", "chunked"):
            raise Invalid(f"Transfer-Encoding {coding[:40]!r} is not understood: use chunked alone")

        async def drain(write: Write) -> int:
            try:
                return await drain_body(self.scope, self._receive, write)
            except BodyIncomplete as error:
                raise BodyCutShort(
                    "the body ended before it was complete; what arrived is kept: ask the upload's "
                    "status and go on from there"
                ) from error

        return drain

    async def body(self, limit_bytes: int, too_large: TooLarge) -> bytes:
        """Read a small body whole.

        Raises: `too_large` past the limit, BodyCutShort.
        """
        if (self.content_length or 0) > limit_bytes:
            raise too_large
        pieces: list[bytes] = []
        total = 0
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise BodyCutShort("the body ended before it was complete")
            piece = message.get("body", b"")
            total += len(piece)
            if total > limit_bytes:
                raise too_large
            pieces.append(piece)
            if not message.get("more_body", False):
                return b"".join(pieces)


def header_of(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    """Find a header; empty when absent."""
    found = b""
    for key, value in headers:
        if key == name:
            found = value
    return found.decode("latin-1")


def origin_of(scope: Scope) -> Origin:
    """Get the origin that edge/http.py put into the scope."""
    origin = scope["havre.origin"]
    assert isinstance(origin, Origin)
    return origin
