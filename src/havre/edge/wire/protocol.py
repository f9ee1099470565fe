"""WireProtocol: one HTTP/1.1 connection on uvicorn, `Config(http=WireProtocol, loop="uvloop", ws="none")`.

Input side of a connection (docs/design/wire.md has the whole table):

    IDLE -> HEAD -> BODY -> IDLE            the ordinary way, through the parser
            HEAD -> HELD -> PUMP -> IDLE    an upload: head cut off, body left in the socket for `drain`
                    HELD -> BODY            the application called receive(), or answered without the body
    any  -> LINGER                          answered for good: swallow a bounded rest, then close

No websockets, no access log: the application logs its requests.
"""

import asyncio
import logging
import os
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from havre.edge.wire.asgi import DRAIN, FILESEND, PATHSEND, ASGIApp, Scope, Write
from havre.edge.wire.cycle import WireCycle
from havre.edge.wire.eager import run_eagerly
from havre.edge.wire.pump import Pump
from havre.edge.wire.reaper import reaper_of

IDLE, HEAD, BODY, HELD, PUMP, LINGER = range(6)

HEAD_S = 30.0  # a head that takes longer is an attack or a dead line
BODY_S = 60.0  # silence within a body, and a client that takes no byte of its response
LINGER_S = 5.0
HEAD_BYTES = 64 * 1024  # Go's default is 1 MiB, nginx's 32 KiB; a token with many scopes needs some KiB
DISCARD_BYTES = 1024 * 1024  # a rest up to here is cheaper to read than a new connection
LINGER_BYTES = 32 * 1024 * 1024
WINDOW_BYTES = 256 * 1024  # of a body in memory before reading pauses

_UPLOAD_METHODS = (b"PATCH", b"PUT", b"POST")
_log = logging.getLogger("havre.wire")


class WireProtocol(HttpToolsProtocol):
    """One connection."""

    eager_prefixes = ("/v2/", "/service/token")
    """Paths whose application may run without a task (see eager.py); requests with a body never do."""
    head_s = HEAD_S
    body_s = BODY_S

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.deadline: float | None = None
        self.phase = IDLE
        self._is_cutting = False
        self._tail = b""
        self._held = b""
        self._surplus = b""
        self._head_fed = 0
        self._is_large_read = False
        self._is_unstarted = False
        self._left: int | None = None
        self._swallowed = 0
        self._unsent = 0

    @classmethod
    def waiting(cls, head_s: float, body_s: float) -> type["WireProtocol"]:
        """Make the protocol that waits so long for a head, and for the next bytes of a body."""
        return type("WireProtocol", (cls,), {"head_s": head_s, "body_s": body_s})

    # -- transport

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Asyncio: a client has come."""
        super().connection_made(transport)
        self._is_plain = self.scheme == "http"
        self.deadline = self.loop.time() + self.head_s
        reaper_of(self.server_state, self.loop, self.connections).wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio: the client is gone."""
        self.connections.discard(self)
        self.deadline = None
        for cycle in (self.cycle, *(queued for queued, _ in self.pipeline)):
            if isinstance(cycle, WireCycle) and not cycle.response_complete:
                cycle.disconnected = True
                cycle.wake()
        active = self._active
        if active is not None:
            active.disconnected = True
            active.wake()
        self.pipeline.clear()
        self.flow.resume_writing()
        if exc is None:
            self.transport.close()

    def pause_writing(self) -> None:
        """Asyncio: the client reads too slowly."""
        self.flow.pause_writing()
        self._unsent = self.transport.get_write_buffer_size()
        self.deadline = self.loop.time() + self.body_s

    def resume_writing(self) -> None:
        """Asyncio: the client has read."""
        self.flow.resume_writing()
        self.deadline = None

    def expire(self) -> None:
        """The deadline has passed: give a client that still takes bytes more time, end the others."""
        unsent = self.transport.get_write_buffer_size()
        if self.phase != LINGER and 0 < unsent < self._unsent:
            self._unsent = unsent
            self.deadline = self.loop.time() + self.body_s
        elif self.phase in (IDLE, HEAD) and not unsent and not self.transport.is_closing():
            self._close()
        else:
            self.transport.abort()

    def _close(self) -> None:
        self.transport.close()
        self._unsent = 0
        self.deadline = self.loop.time() + self.body_s

    # -- input

    def data_received(self, data: bytes) -> None:
        """Asyncio: bytes have come. Heads that may begin an upload are cut off before their body."""
        if self.phase == LINGER:
            self._swallowed += len(data)
            if self._swallowed > LINGER_BYTES:
                self.transport.abort()
            return
        if self.phase == IDLE:
            self._is_cutting = self._is_plain and data[0] == 80  # "P": PATCH, PUT, POST
            self._tail = b""
            self._head_fed = 0
            self._is_large_read = len(data) > HEAD_BYTES
            self.deadline = self.loop.time() + self.head_s if self._active is None else self.deadline
        elif self.phase == HEAD:
            self._head_fed += len(data)
        else:
            self.deadline = self.loop.time() + self.body_s
        if self._is_cutting and self.phase in (IDLE, HEAD):
            self._feed_head(data)
        else:
            self._feed(data)

    def _feed_head(self, data: bytes) -> None:
        """Feed up to the end of the head, wherever segments cut it; then decide about the rest."""
        seen = len(self._tail)
        at = (self._tail + data).find(b"\r\n\r\n")
        if at < 0:
            self._tail = (self._tail + data)[-3:]
            self._feed(data)
            return
        cut = at + 4 - seen
        self._feed(data[:cut])
        self._is_cutting = False
        rest = data[cut:]
        if self.phase == HELD:
            self._held = rest
        elif rest and not self.transport.is_closing():
            self.data_received(rest)

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # served as HTTP/1.1; the parser is of no more use
        except httptools.HttpParserError as error:
            self._refuse(400, f"Invalid HTTP request received ({type(error).__name__})")
            return
        if self._is_unstarted:  # a body follows after all
            self._is_unstarted = False
            assert isinstance(self.cycle, WireCycle)
            self._begin(self.cycle, is_eager=False)
        if self.phase == HEAD and self._head_fed > HEAD_BYTES:
            self._refuse(431, "the head of the request is too large")

    def _refuse(self, status: int, reason: str) -> None:
        """Answer what is no proper request. Quietly: TLS clients on a plain port do this all day."""
        _log.debug("%s from %s", reason, self.client)
        self.pipeline.clear()
        if self._is_unstarted:  # its head was whole, but nothing was told of it yet
            self._is_unstarted = False
            self._active = None
        active = self._active
        if active is not None:  # its own response is not complete: nothing may be put into it
            active.disconnected = True
            active.wake()
            self._linger()
            return
        text = STATUS_LINE[status][9:].strip()
        self.transport.write(
            STATUS_LINE[status]
            + b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b"
            % (len(text), text)
        )
        self._linger()

    # -- parser callbacks

    def on_message_begin(self) -> None:
        """Parser: first byte of a request."""
        self.phase = HEAD
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Parser: one header."""
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Parser: the head is whole. Start the request, or queue it behind the one under way."""
        if self.transport.is_closing() or self.phase == LINGER:
            return
        is_long = self._head_fed or self._is_large_read
        if is_long and sum(len(n) + len(v) for n, v in self.headers) > HEAD_BYTES:
            self._refuse(431, "the head of the request is too large")
            return
        scope = self._scope()
        keep_alive = scope["http_version"] != "1.0" and self.parser.should_keep_alive()
        self.deadline = None
        self._left = None
        cycle = WireCycle(self, scope, keep_alive, self.expect_100_continue)
        active = self._active
        self.cycle = cycle
        self.phase = BODY
        if active is not None:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))
        elif self._is_cutting and self._offers_drain(scope):
            self.phase = HELD
            self.flow.pause_reading()
            self._begin(cycle, is_eager=False)
        else:
            self._active = cycle
            self._is_unstarted = True

    _active: WireCycle | None = None
    """The request whose response is being made; others wait in `pipeline`."""

    def on_body(self, body: bytes) -> None:
        """Parser: a piece of body."""
        cycle = self.cycle
        if not isinstance(cycle, WireCycle) or self.phase == LINGER:
            return
        if self._left is not None:
            self._left -= len(body)
        if cycle.response_complete:
            self._swallowed += len(body)
            if self._swallowed > DISCARD_BYTES:
                self._linger()
            return
        cycle.body += body
        if len(cycle.body) > WINDOW_BYTES:
            self.flow.pause_reading()
        cycle.wake()

    def on_message_complete(self) -> None:
        """Parser: the request is whole."""
        if self.phase == LINGER or not isinstance(self.cycle, WireCycle):
            return
        self.phase = IDLE
        cycle = self.cycle
        cycle.more_body = False
        if self._is_unstarted:
            self._is_unstarted = False
            self._begin(cycle, is_eager=cycle.scope["path"].startswith(self.eager_prefixes))
        elif cycle.response_complete:
            self._rest(cycle)
        else:
            cycle.wake()

    def _scope(self) -> Scope:
        url = self.url
        if not url.startswith(b"/") or b"#" in url:
            parsed = httptools.parse_url(url)
            raw_path, query = parsed.path or b"/", parsed.query or b""
        else:
            raw_path, _, query = url.partition(b"?")
        path = raw_path.decode("ascii")
        if "%" in path:
            path = unquote(path)
        extensions: dict[str, object] = {PATHSEND: {}, FILESEND: {}} if self._is_plain else {}
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": self.parser.get_http_version(),
            "server": self.server,
            "client": self.client,
            "scheme": self.scheme,
            "root_path": self.root_path,
            "headers": self.headers,
            "state": self.app_state.copy(),
            "method": self.parser.get_method().decode("ascii"),
            "path": self.root_path + path,
            "raw_path": self.root_path.encode("ascii") + raw_path,
            "query_string": query,
            "extensions": extensions,
        }

    def _offers_drain(self, scope: Scope) -> bool:
        """Decide whether the body stays in the socket; note its length (None: chunked)."""
        if "/blobs/uploads/" not in scope["path"] or scope["method"].encode() not in _UPLOAD_METHODS:
            return False
        if self.parser.should_upgrade():
            return False
        headers = dict(self.headers)
        self._left = None if b"transfer-encoding" in headers else int(headers.get(b"content-length", 0))
        if self._left == 0:
            return False
        scope["extensions"][DRAIN] = self._drain
        return True

    # -- requests

    def _begin(self, cycle: WireCycle, *, is_eager: bool) -> None:
        self._active = cycle
        app: ASGIApp = self.app
        task = run_eagerly(self.loop, cycle.run(app)) if is_eager else self.loop.create_task(cycle.run(app))
        if task is not None:
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _drain(self, write: Write) -> int:
        """The extension `havre.drain`: take the body from the socket to `write` in pool threads."""
        cycle = self.cycle
        assert isinstance(cycle, WireCycle)
        if self.phase != HELD:
            raise RuntimeError("the body was already taken, or receive() was called before drain")
        self.phase = PUMP
        cycle.say_continue()
        early, self._held = self._held, b""
        pump = Pump(os.dup(self.transport.get_extra_info("socket").fileno()), self._left, early, write)
        try:
            await pump.run(self.loop, self.body_s)
        except BaseException:
            cycle.keep_alive = False
            raise
        self._surplus = pump.surplus
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.phase = IDLE
        cycle.more_body = False
        return pump.total

    def release_body(self, cycle: WireCycle) -> None:
        """The application reads by `receive` (or not at all): the body takes the ordinary way."""
        if self.phase == HELD and cycle is self.cycle:
            self.phase = BODY
            held, self._held = self._held, b""
            if held:
                self.data_received(held)

    def want_body(self, cycle: WireCycle) -> None:
        """`receive` waits: read on, unless requests queue already."""
        if not self.pipeline:
            self.flow.resume_reading()
        if cycle.more_body:
            self.deadline = self.loop.time() + self.body_s

    def may_discard(self, cycle: WireCycle) -> bool:
        """Decide, when a response starts before its body is in, whether the connection can live on."""
        if cycle is not self.cycle or cycle.waiting_for_100_continue or self.phase not in (HELD, BODY):
            return False
        if self._left is None:
            return True  # chunked: nobody knows; on_body counts
        return self._left <= DISCARD_BYTES

    def answered(self, cycle: WireCycle) -> None:
        """The response is complete: next request, or the end of the connection."""
        self.server_state.total_requests += 1
        self._active = None
        if self.transport.is_closing():
            return
        if not cycle.keep_alive:
            if cycle.more_body:
                self._linger()
            else:
                self._close()
            return
        self._swallowed = 0
        if cycle.more_body:
            self.deadline = self.loop.time() + self.body_s
            self.flow.resume_reading()
            self.release_body(cycle)
        else:
            self._rest(cycle)

    def _rest(self, cycle: WireCycle) -> None:
        """Request and response are both over."""
        if self.pipeline:
            queued, _ = self.pipeline.pop()
            assert isinstance(queued, WireCycle)
            self._begin(queued, is_eager=False)
            if not self.pipeline:
                self.flow.resume_reading()
            return
        if self._surplus:
            self.loop.call_soon(self._feed_surplus)
            return
        self.flow.resume_reading()
        if self.phase == IDLE:
            self.deadline = self.loop.time() + self.timeout_keep_alive

    def _feed_surplus(self) -> None:
        surplus, self._surplus = self._surplus, b""
        if not self.transport.is_closing():
            self.flow.resume_reading()
            self.data_received(surplus)

    def _linger(self) -> None:
        """Close without a reset: a reset would destroy the response to a client that still sends."""
        self.phase = LINGER
        self._swallowed = 0
        self._held = b""
        self.deadline = self.loop.time() + LINGER_S
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self.flow.resume_reading()
        else:  # TLS: its shutdown is the end of both directions
            self.transport.close()

    def shutdown(self) -> None:
        """Uvicorn: finish the response under way, then close."""
        active = self._active
        if active is None:
            self.transport.close()
        else:
            active.keep_alive = False
