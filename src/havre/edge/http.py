"""The ASGI application: names each request, and hands it to the door whose path it is.

/v2…              oci      plain ASGI, the fast path
/service/token    token    plain ASGI
/api/…            api      Starlette
/c/…              signin   plain ASGI
/                 a line for people
"""

import itertools
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from havre.edge.wire.asgi import ASGIApp, Message, Receive, Scope, Send
from havre.kernel.actor import Origin
from havre.kernel.errors import StartRefused
from havre.kernel.traffic import Traffic

_log: Final = logging.getLogger("havre.http")
_WELCOME: Final = b"Havre: a registry for OCI artifacts. Try: docker login <this host>\n"
_TEXT_LIMIT: Final = 256  # of a client's name or request id that the journal keeps


@dataclass(frozen=True, slots=True)
class Doors:
    """The applications by path, and what to run before the first request and after the last."""

    oci: ASGIApp
    token: ASGIApp
    api: ASGIApp
    signin: ASGIApp
    start: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]


class HttpApp:
    """The whole product as one ASGI callable."""

    def __init__(self, doors: Doors, traffic: Traffic) -> None:
        self._doors = doors
        self._traffic = traffic
        self._ids = map(f"{secrets.token_hex(6)}-{{:x}}".format, itertools.count(1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        if scope["type"] != "http":
            return
        self._traffic.note()
        scope["havre.origin"] = origin = self._origin_of(scope)
        request_id = (b"x-request-id", origin.request_id.encode("latin-1"))

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append(request_id)  # every door gives a list of its own
            await send(message)

        await self._door_of(scope["path"])(scope, receive, send_named)

    def _door_of(self, path: str) -> ASGIApp:
        if path.startswith("/v2/") or path == "/v2":
            return self._doors.oci
        if path == "/service/token":
            return self._doors.token
        if path.startswith("/c/"):
            return self._doors.signin
        return self._doors.api if path.startswith("/api/") else _welcome

    def _origin_of(self, scope: Scope) -> Origin:
        client = request_id = via = ""
        for name, value in scope["headers"]:
            if name == b"user-agent":
                client = value[:_TEXT_LIMIT].decode("latin-1")
            elif name == b"x-request-id":
                text = value[:_TEXT_LIMIT].decode("latin-1")
                request_id = text if text.isprintable() else ""  # it goes back in a header, and into the log
            elif name == b"havre-via":
                text = value[:_TEXT_LIMIT].decode("latin-1")
                via = text if text.isascii() and text.isalnum() else ""
        peer = scope["client"]
        return Origin(peer[0] if peer else "", client, request_id or next(self._ids), via)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self._doors.start()
        except StartRefused as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        except Exception as error:  # noqa: BLE001 - the border: the server must hear of it
            _log.exception("start failed")
            await send({"type": "lifespan.startup.failed", "message": f"the start failed: {error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        try:
            await self._doors.stop()
        finally:
            await send({"type": "lifespan.shutdown.complete"})


async def _welcome(scope: Scope, _receive: Receive, send: Send) -> None:
    status = 200 if scope["path"] == "/" else 404
    body = _WELCOME if status == 200 else b"not found\n"
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
