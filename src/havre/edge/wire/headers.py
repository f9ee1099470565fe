"""Response heads: status line and header lines as one bytes object, checked against header injection."""

import re
from collections.abc import Iterable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_MAX_NAMES = 1024
_names: dict[bytes, bytes] = {}  # b"Content-Type" -> b"content-type: ", filled as names are met
_defaults: tuple[list[tuple[bytes, bytes]], bytes] = ([], b"")

_LENGTH = b"content-length: "
_CODING = b"transfer-encoding: "
_CONNECTION = b"connection: "
_FRAMING = frozenset((_LENGTH, _CODING, _CONNECTION))


class Head:
    """A head in the making; `length` is None when the application gave none."""

    __slots__ = ("is_chunked", "length", "parts", "says_close")

    def __init__(self, status: int, defaults: list[tuple[bytes, bytes]]) -> None:
        self.parts = [STATUS_LINE[status], _joined(defaults)]
        self.length: int | None = None
        self.is_chunked = False
        self.says_close = False

    def add(self, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Append the application's headers, names in lower case. Raises RuntimeError on bytes that split."""
        parts = self.parts
        values = []
        for name, value in headers:
            prefix = _names.get(name) or _prefix(name)
            parts += (prefix, value, b"\r\n")
            values.append(value)
            if prefix in _FRAMING:
                self._frame(prefix, value)
        block = b"".join(values)
        if b"\n" in block or b"\r" in block or b"\0" in block:
            raise RuntimeError("Invalid HTTP header value.")

    def finish(self) -> bytes:
        """Return the whole head with its empty line."""
        self.parts.append(b"\r\n")
        return b"".join(self.parts)

    def _frame(self, prefix: bytes, value: bytes) -> None:
        if prefix is _CONNECTION or prefix == _CONNECTION:
            self.says_close = b"close" in [token.strip() for token in value.lower().split(b",")]
        elif prefix == _CODING:
            self.is_chunked = value.lower() == b"chunked"
        elif self.length is None and not self.is_chunked:
            self.length = int(value)


def _prefix(name: bytes) -> bytes:
    if not _TOKEN.fullmatch(name):
        raise RuntimeError("Invalid HTTP header name.")
    prefix = bytes(name).lower() + b": "
    if len(_names) < _MAX_NAMES:
        _names[bytes(name)] = prefix
    return prefix


def _joined(defaults: list[tuple[bytes, bytes]]) -> bytes:
    """Uvicorn makes a new list of default headers (the date) every second: join it once."""
    global _defaults  # noqa: PLW0603  # a one-entry cache
    known, block = _defaults
    if known is not defaults:
        block = b"".join(name + b": " + value + b"\r\n" for name, value in defaults)
        _defaults = (defaults, block)
    return block
