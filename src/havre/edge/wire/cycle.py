"""One request and its response: the ASGI `receive` and `send` of WireProtocol.

A lean RequestResponseCycle: the head waits for the first piece of the body and leaves with it in one write,
the event for `receive` exists only when somebody waits, and headers are checked in one go.
"""

import asyncio
import logging
import os
from typing import TYPE_CHECKING

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from havre.edge.wire.asgi import FILESEND_MESSAGE, PATHSEND, ASGIApp, Message, Scope
from havre.edge.wire.filesend import SMALL_BYTES, send_pieces
from havre.edge.wire.headers import Head

if TYPE_CHECKING:
    from havre.edge.wire.protocol import WireProtocol

_JOIN_BYTES = 16 * 1024  # up to here copying the body behind its head is cheaper than writev

_log = logging.getLogger("havre.wire")


class WireCycle(RequestResponseCycle):
    """State of one request; attributes that uvicorn's protocol touches keep uvicorn's names."""

    def __init__(
        self, protocol: "WireProtocol", scope: Scope, keep_alive: bool, expects_continue: bool
    ) -> None:
        self.protocol = protocol
        self.scope = scope  # type: ignore[assignment]  # uvicorn's TypedDict; the same keys
        self.transport = protocol.transport
        self.flow: FlowControl = protocol.flow
        self.disconnected = False
        self.keep_alive = keep_alive
        self.waiting_for_100_continue = expects_continue
        self.body = bytearray()
        self.more_body = True
        self.response_started = False
        self.response_complete = False
        self.writable: asyncio.Future[bool] | None = None
        self._event: asyncio.Event | None = None
        self._has_told_end = False
        self._head: bytes | None = None
        self._left: int | None = 0  # bytes of the response body to come; None: chunked
        self._has_body = True

    @property
    def patience_s(self) -> float:
        """How long the client may take no byte of the response."""
        return self.protocol.body_s

    async def run(self, app: ASGIApp) -> None:
        """Run the application; whatever it does, the client gets a response or a closed connection."""
        try:
            await app(self.scope, self.receive, self.send)  # type: ignore[arg-type]  # see __init__
        except asyncio.CancelledError:
            self.transport.abort()
            raise
        except Exception:  # noqa: BLE001  # the border of a request: logged, answered by 500
            _log.exception("the application failed on %s %s", self.scope["method"], self.scope["path"])
            await self._fail()
            return
        if not self.response_complete and not self.disconnected:
            _log.error(
                "the application gave no whole response to %s %s", self.scope["method"], self.scope["path"]
            )
            await self._fail()

    def wake(self) -> None:
        """Something changed for `receive` or for a file on its way."""
        if self._event is not None:
            self._event.set()
        if self.disconnected and self.writable is not None and not self.writable.done():
            self.writable.set_result(False)

    def say_continue(self) -> None:
        """Answer `Expect: 100-continue` when the client still waits for it."""
        if self.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.waiting_for_100_continue = False

    async def receive(self) -> Message:  # type: ignore[override]
        """ASGI receive."""
        self.say_continue()
        self.protocol.release_body(self)
        while True:
            if self.disconnected or self.response_complete:
                return {"type": "http.disconnect"}
            if self.body or not (self.more_body or self._has_told_end):
                self._has_told_end = not self.more_body
                body, self.body = bytes(self.body), bytearray()
                return {"type": "http.request", "body": body, "more_body": self.more_body}
            self.protocol.want_body(self)
            self._event = self._event or asyncio.Event()
            self._event.clear()
            await self._event.wait()

    async def send(self, message: Message) -> None:  # type: ignore[override]
        """ASGI send, with the two messages that name a file."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if not self.response_started:
            self._start(kind, message)
        elif self.response_complete:
            raise RuntimeError(f"Unexpected ASGI message '{kind}' sent, after response already completed.")
        elif kind == "http.response.body":
            self._send_body(message.get("body", b""), message.get("more_body", False))
        elif kind == PATHSEND:
            await self._send_file(message["path"], 0, self._left or 0)
        elif kind == FILESEND_MESSAGE:
            await self._send_file(message["path"], message["offset"], message["count"])
        else:
            raise RuntimeError(f"Expected ASGI message 'http.response.body', but got '{kind}'.")

    def _start(self, kind: str, message: Message) -> None:
        if kind != "http.response.start":
            raise RuntimeError(f"Expected ASGI message 'http.response.start', but got '{kind}'.")
        status = message["status"]
        head = Head(status, self.protocol.server_state.default_headers)
        head.add(message.get("headers", ()))
        self.response_started = True
        self._has_body = not (self.scope["method"] == "HEAD" or status in (204, 304) or status < 200)
        if head.says_close or (self.more_body and not self.protocol.may_discard(self)):
            self.keep_alive = False
        if not self.keep_alive and not head.says_close:
            head.parts.append(b"connection: close\r\n")
        self.waiting_for_100_continue = False
        self._left = head.length
        if head.is_chunked or (head.length is None and self._has_body):
            if not head.is_chunked:
                head.parts.append(b"transfer-encoding: chunked\r\n")
            self._left = None
        self._head = head.finish()

    def _send_body(self, body: bytes, more_body: bool) -> None:
        if not self._has_body:
            self._left = 0
            body = b""
        elif self._left is None:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more_body:
                body += b"0\r\n\r\n"
        else:
            if len(body) > self._left:
                raise RuntimeError("Response content longer than Content-Length")
            self._left -= len(body)
        if not more_body and self._left:
            raise RuntimeError("Response content shorter than Content-Length")
        self._write(body)
        if not more_body:
            self._complete()

    def _write(self, body: bytes) -> None:
        head, self._head = self._head, None
        if head is None:
            if body:
                self.transport.write(body)
        elif len(body) <= _JOIN_BYTES:
            self.transport.write(head + body)
        else:
            self.transport.writelines((head, body))

    async def _send_file(self, path: str, offset: int, count: int) -> None:
        if self._left != count:
            raise RuntimeError("a file is sent whole: content-length must be its count")
        if not self._has_body:
            self._send_body(b"", more_body=False)
            return
        file_fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            if count <= SMALL_BYTES:
                body = os.pread(file_fd, count, offset)
                if len(body) == count:
                    self._send_body(body, more_body=False)
                else:
                    self._abort(path)
                return
            await self._send_large(path, file_fd, offset, count)
        finally:
            os.close(file_fd)

    async def _send_large(self, path: str, file_fd: int, offset: int, count: int) -> None:
        self._write(b"")
        if self.transport.get_write_buffer_size():
            self.transport.set_write_buffer_limits(0)
            await self.flow.drain()
            self.transport.set_write_buffer_limits()
        if self.disconnected:
            return
        socket_fd = os.dup(self.transport.get_extra_info("socket").fileno())
        try:
            is_sent = await send_pieces(self.protocol.loop, socket_fd, file_fd, offset, count, self)
        finally:
            os.close(socket_fd)
        if not is_sent:
            self._abort(path)
        elif not self.disconnected:
            self._left = 0
            self._complete()

    def _abort(self, path: str) -> None:
        """The promised length cannot be kept: a broken connection is the only honest end."""
        if not self.disconnected:
            _log.info(
                "cut off a response with %s: the client left or the file is shorter than announced", path
            )
            self.transport.abort()
        self.disconnected = True

    def _complete(self) -> None:
        self.response_complete = True
        self.wake()
        self.protocol.answered(self)

    async def _fail(self) -> None:
        if self.disconnected or self.response_complete:
            return
        if self.response_started and self._head is None:
            self.transport.abort()
            return
        self.response_started = False
        text = b"Internal Server Error"
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(text))]
        await self.send(
            {"type": "http.response.start", "status": 500, "headers": [*headers, (b"connection", b"close")]}
        )
        await self.send({"type": "http.response.body", "body": text})
