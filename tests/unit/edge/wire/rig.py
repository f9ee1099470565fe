"""A real server in a thread, an application with every kind of answer, and a bare-socket client."""

import asyncio
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from havre.edge.wire import BodyIncomplete, WireProtocol, drain_body, send_file
from havre.edge.wire.asgi import Message, Receive, Scope, Send

UPLOAD = b"/v2/a/blobs/uploads/x"


class Application:
    """GET answers a file or text; uploads answer the SHA-256 of their body."""

    def __init__(self, blob: Path) -> None:
        self.blob = blob
        self.incomplete = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.endswith("/blob"):
            await self._blob(scope, send)
        elif path.endswith("/later"):
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)
            await answer(send, 200, b"later")
        elif path.endswith("/empty"):
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body"})
        elif path.endswith("/deny"):
            await answer(send, 401, b"denied")
        elif path.endswith("/full"):
            await self._full(scope, receive, send)
        elif scope["method"] in ("PUT", "PATCH", "POST"):
            await self._take(scope, receive, send)
        else:
            await answer(send, 200, b"manifest")

    async def _take(self, scope: Scope, receive: Receive, send: Send) -> None:
        digest = hashlib.sha256()
        try:
            size = await drain_body(scope, receive, digest.update)
        except BodyIncomplete:
            self.incomplete.set()
            await answer(send, 400, b"incomplete")
            return
        await answer(send, 201, b"%d %s" % (size, digest.hexdigest().encode()))

    async def _full(self, scope: Scope, receive: Receive, send: Send) -> None:
        def refuse(view: memoryview) -> None:
            raise OSError(28, "No space left on device")

        try:
            await drain_body(scope, receive, refuse)
        except OSError:
            await answer(send, 507, b"disk full")

    async def _blob(self, scope: Scope, send: Send) -> None:
        size = self.blob.stat().st_size
        headers = [(b"content-length", b"%d" % size)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send_file(scope, send, str(self.blob), 0, size)


async def answer(send: Send, status: int, body: bytes) -> None:
    """Send a whole response."""
    start: Message = {"type": "http.response.start", "status": status}
    start["headers"] = [(b"content-length", b"%d" % len(body))]
    await send(start)
    await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True)
class Rig:
    """A running server."""

    port: int
    app: Application


@contextmanager
def running(protocol: type[HttpToolsProtocol], blob: Path) -> Iterator[Rig]:
    """Serve in a thread until the block ends."""
    app = Application(blob)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    port: int = listener.getsockname()[1]
    config = uvicorn.Config(
        app, http=protocol, loop="uvloop", ws="none", lifespan="off", log_config=None, access_log=False
    )
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield Rig(port, app)
    finally:
        server.should_exit = True
        thread.join(10)


class Client:
    """A connection that reads one response at a time and keeps what follows."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)  # 5 s: the stall limit
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def send(self, data: bytes) -> None:
        """Send all."""
        self.socket.sendall(data)

    def read(self, *, has_body: bool = True) -> tuple[int, bytes]:
        """Return status and body of the next response."""
        while b"\r\n\r\n" not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length" and has_body:
                length = int(value)
        while len(self._buffer) < length:
            self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return status, body

    def is_closed(self) -> bool:
        """Wait for the server to close; False when it sends something instead."""
        return self._buffer == b"" and self.socket.recv(1) == b""

    def _more(self) -> None:
        data = self.socket.recv(1 << 20)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._buffer += data


def upload(
    body: bytes, *, chunk: int = 0, method: bytes = b"PUT", path: bytes = UPLOAD, more: bytes = b""
) -> bytes:
    """Return a request with `body`, chunked by `chunk` bytes or with a length."""
    head = b"%s %s HTTP/1.1\r\nHost: x\r\n%s" % (method, path, more)
    if not chunk:
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    pieces = [body[i : i + chunk] for i in range(0, len(body), chunk)]
    coded = b"".join(b"%x;ext=1\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + coded + b"0\r\nTrailer: t\r\n\r\n"


def receipt(body: bytes) -> tuple[int, bytes]:
    """Return the answer that an upload of `body` deserves."""
    return 201, b"%d %s" % (len(body), hashlib.sha256(body).hexdigest().encode())


PROTOCOLS = (WireProtocol, HttpToolsProtocol)
