"""The token against cross-site requests, as Harbor's portal dances it.

A request with the cookie `sid` (and any under /c/) that may change something carries `X-Harbor-CSRF-Token`:
the token that the last answer had in the header of that name, which fits the cookie `_gorilla_csrf`. A
refusal is a 403 "CSRF token invalid" that carries a fresh token, and the portal repeats the request with it.

The token is HMAC(cookie, sid) under a mask that changes with every answer (BREACH), so one that somebody
planted with a cookie of their own does not fit another's session.
Source: reference/harbor.md 2.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Mapping
from typing import Final

from havre.edge.cookies import SESSION, read_cookies, set_cookie
from havre.edge.errors import api_envelope
from havre.edge.wire.asgi import ASGIApp, Message, Receive, Scope, Send
from havre.kernel.errors import Denied

HEADER: Final = b"x-harbor-csrf-token"
COOKIE: Final = "_gorilla_csrf"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_SIZE: Final = 32
_SENT_SESSION: Final = re.compile(rb"sid=([^;]*)")


class CsrfInvalid(Denied):
    """The token against cross-site requests is missing or does not fit."""

    def __init__(self) -> None:
        super().__init__("CSRF token invalid")


class CsrfGuard:
    """Stands before a door; `is_always` guards requests without a session too."""

    def __init__(self, door: ASGIApp, is_secure: Callable[[Scope], bool], *, is_always: bool) -> None:
        self._door = door
        self._is_secure = is_secure
        self._is_always = is_always

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or refuse it; either answer carries a token."""
        cookies = read_cookies(scope["headers"])
        session = cookies.get(SESSION, "")
        if not session and not self._is_always:
            await self._door(scope, receive, send)
            return
        secret = cookies.get(COOKIE, "")
        is_new = _SECRET.match(secret) is None
        if is_new:
            secret = secrets.token_urlsafe(_SIZE)

        async def send_with_token(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"] = list(message["headers"])
                token = make_token(secret, _session_after(headers, session))
                headers.append((HEADER, token.encode()))
                if is_new:
                    is_secure = self._is_secure(scope)
                    headers.append(set_cookie(COOKIE, secret, is_secure=is_secure, same_site="Strict"))
            await send(message)

        if scope["method"] not in _SAFE and (is_new or not fits(_sent(scope), secret, session)):
            await _refuse(send_with_token)
            return
        await self._door(scope, receive, send_with_token)


def make_token(secret: str, session: str) -> str:
    """Make a token for an answer."""
    mask = secrets.token_bytes(_SIZE)
    return base64.b64encode(mask + _xor(mask, _bound(secret, session))).decode()


def fits(token: str, secret: str, session: str) -> bool:
    """Tell whether a token belongs to the cookie and the session."""
    try:
        raw = base64.b64decode(token, validate=True)
    except (binascii.Error, ValueError):
        return False
    if len(raw) != 2 * _SIZE:
        return False
    return hmac.compare_digest(_xor(raw[:_SIZE], raw[_SIZE:]), _bound(secret, session))


def _bound(secret: str, session: str) -> bytes:
    return hmac.digest(secret.encode(), session.encode(), hashlib.sha256)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def _sent(scope: Scope) -> str:
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    return headers.get(HEADER, b"").decode("latin-1")


def _session_after(headers: list[tuple[bytes, bytes]], before: str) -> str:
    """Tell which session the client has after this answer: a login changes it."""
    for name, value in headers:
        found = _SENT_SESSION.match(value) if name == b"set-cookie" else None
        if found:
            return found[1].decode("latin-1")
    return before


async def _refuse(send: Send) -> None:
    body = api_envelope(CsrfInvalid())
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
