"""HTTP by hand: one request as bytes or in parts, its answer with every header; plain or TLS."""

import base64
import http.client
import json
import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from kit.server import ADMIN_PASSWORD, Server

_TIMEOUT_S = 30
ENVELOPE_KEYS = {"code", "message"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; header names in lower case, repeated ones all there."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        """Get the only value of a header; empty when absent."""
        values = self.all(name)
        assert len(values) < 2, f"{name} is repeated: {values}"
        return values[0] if values else ""

    def all(self, name: str) -> list[str]:
        """Get every value of a header."""
        return [value for key, value in self.headers if key == name]

    @property
    def code(self) -> str:
        """The code of the one error; the envelope is checked on the way."""
        document = json.loads(self.body)
        assert set(document) == {"errors"}, document
        [line] = document["errors"]
        assert set(line) >= ENVELOPE_KEYS, line
        assert isinstance(line["message"], str), line
        assert line["message"], line
        assert self.header("content-type") == "application/json"
        code: str = line["code"]
        return code


def basic(user: str = "admin", password: str = ADMIN_PASSWORD) -> str:
    """Make an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Exchange:
    """One connection to one server, as the administrator unless the headers say otherwise."""

    def __init__(self, address: str, port: int, context: ssl.SSLContext | None = None) -> None:
        """Prepare; the connection is made by the first request."""
        self._address = address, port
        self._context = context
        self._connection: http.client.HTTPConnection | None = None

    @classmethod
    def with_server(cls, server: Server) -> Self:
        """Talk to a server of ours, by TLS when it has an authority."""
        authority = server.settings.authority
        context = ssl.create_default_context(cafile=authority.certificate) if authority else None
        return cls(server.address, server.port, context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Send one request; an iterable body goes chunked. The connection is kept."""
        if self._connection is None:
            address, port = self._address
            self._connection = (
                http.client.HTTPSConnection(address, port, timeout=_TIMEOUT_S, context=self._context)
                if self._context
                else http.client.HTTPConnection(address, port, timeout=_TIMEOUT_S)
            )
        is_chunked = body is not None and not isinstance(body, bytes)
        every = {"Authorization": basic(), **(headers or {})}
        self._connection.request(method, path, body, every, encode_chunked=is_chunked)
        return _read(self._connection.getresponse())

    def open(self) -> socket.socket:
        """Make a connection of its own for bytes by hand."""
        sock = socket.create_connection(self._address, timeout=_TIMEOUT_S)
        if self._context is None:
            return sock
        return self._context.wrap_socket(sock, server_hostname=self._address[0])

    def send(self, request: bytes) -> Reply | None:
        """Send bytes as they are on a connection of their own; None when it was cut without an answer."""
        with self.open() as sock:
            with suppress(OSError):  # refused before all was sent: the answer may be there
                sock.sendall(request)
            return read_reply(sock, request.partition(b" ")[0].decode("latin-1"))


def read_reply(sock: socket.socket, method: str = "GET") -> Reply | None:
    """Read one answer; None when the connection was cut without one."""
    response = http.client.HTTPResponse(sock, method=method)
    try:
        response.begin()
        return _read(response)
    except (http.client.HTTPException, OSError):
        return None


def head_of(method: str, path: str, *lines: str) -> bytes:
    """Write the head of a request by the administrator."""
    first = (f"{method} {path} HTTP/1.1", "Host: registry.test", f"Authorization: {basic()}")
    return "\r\n".join([*first, *lines, "", ""]).encode("latin-1")


def _read(response: http.client.HTTPResponse) -> Reply:
    content = response.read()
    headers = [(key.lower(), value) for key, value in response.getheaders()]
    return Reply(response.status, headers, content)
