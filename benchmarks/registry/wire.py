"""A keep-alive HTTP/1.1 client on a bare socket, cheap enough not to be what is measured.

Not for general use: it wants a Content-Length on every answer that has a body.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

_TIMEOUT_S = 120.0
_READ_BYTES = 1 << 20

Part = bytes | memoryview


class RefusedError(Exception):
    """The server gave another status than the one that the step needs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers (lower-case names) and body; the body is empty when it was only counted."""

    status: int
    headers: dict[str, str]
    body: bytes
    size_bytes: int

    def expect(self, *statuses: int) -> "Answer":
        """Return itself, or raise RefusedError when the status is none of `statuses`."""
        if self.status not in statuses:
            raise RefusedError(f"status {self.status} instead of {statuses}: {self.body[:300]!r}")
        return self


class Connection:
    """One connection to 127.0.0.1 that repeats the same extra headers on every request."""

    def __init__(self, port: int, authorization: str = "") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=_TIMEOUT_S)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # A socket with a timeout is non-blocking inside Python; the kernel's own timeout lets recv wait for a
        # full buffer (MSG_WAITALL) in one call.
        self._socket.settimeout(None)
        limit = int(_TIMEOUT_S).to_bytes(8, "little") + bytes(8)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
        self._common = f"Host: 127.0.0.1:{port}\r\n"
        if authorization:
            self._common += f"Authorization: {authorization}\r\n"
        self._buffer = bytearray(_READ_BYTES)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def begin(self, method: str, path: str, headers: dict[str, str]) -> None:
        """Send the head of a request; `send` adds its body and `answer` reads what comes."""
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.send(f"{method} {path} HTTP/1.1\r\n{self._common}{lines}\r\n".encode())

    def send(self, part: Part) -> None:
        """Send raw bytes of a body."""
        self._socket.sendall(part)

    def request(
        self, method: str, path: str, headers: dict[str, str] | None = None, body: Sequence[Part] = ()
    ) -> Answer:
        """Send a request with a body of known length, and read the whole answer."""
        length = sum(len(part) for part in body)
        wanted = dict(headers or {})
        if body or method in {"POST", "PUT", "PATCH"}:
            wanted["Content-Length"] = str(length)
        self.begin(method, path, wanted)
        for part in body:
            self.send(part)
        return self.answer(has_body=method != "HEAD")

    def drain(self, path: str) -> Answer:
        """GET `path`, counting the bytes of the body and forgetting them.

        MSG_TRUNC makes the kernel drop them without a copy: the server and not this client is the limit.
        """
        self.begin("GET", path, {})
        return self.answer(keeps=False)

    def answer(self, *, has_body: bool = True, keeps: bool = True) -> Answer:
        """Read one answer; with `keeps` false the body is only counted."""
        head, rest = self._head()
        lines = head.decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in lines[1:]]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        size = int(headers.get("content-length", "0")) if has_body else 0
        body = self._body(rest, size, keeps=keeps)
        return Answer(int(lines[0].split()[1]), headers, body, size)

    def _head(self) -> tuple[bytes, bytes]:
        got = b""
        while b"\r\n\r\n" not in got:
            more = self._socket.recv(65536)
            if not more:
                raise ConnectionError(f"the server closed the connection after {got[:200]!r}")
            got += more
        head, _, rest = got.partition(b"\r\n\r\n")
        return head, rest

    def _body(self, first: bytes, size: int, *, keeps: bool) -> bytes:
        flags = socket.MSG_WAITALL if keeps else socket.MSG_WAITALL | socket.MSG_TRUNC
        kept = [first]
        left = size - len(first)
        while left > 0:
            count = self._socket.recv_into(self._buffer, min(left, _READ_BYTES), flags)
            if count == 0:
                raise ConnectionError(f"the server closed the connection {left} bytes before the end")
            left -= count
            if keeps:
                kept.append(bytes(self._buffer[:count]))
        return b"".join(kept) if keeps else b""
