"""The door /c: /c/login, /c/log_out, /c/userExists, and what other ways to sign in add.

Source: reference/harbor.md 2.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from havre.access import AccountExists, Login, Sessions
from havre.access.errors import CredentialsWrong
from havre.edge.cookies import SESSION, set_cookie
from havre.edge.identity import Identity
from havre.edge.sessions import read_credentials
from havre.edge.signin.exchange import JSON, Exchange, answer, refuse
from havre.edge.wire.asgi import Receive, Scope, Send
from havre.kernel.errors import HavreError, Invalid, NotFound, Unavailable

_log: Final = logging.getLogger("havre.signin")
Page = Callable[[Exchange, Send], Awaitable[None]]
Elsewhere = Callable[[str], Awaitable[str | None]]


async def nowhere(_username: str) -> str | None:
    """Let everybody sign in here."""
    return None


@dataclass(frozen=True, slots=True)
class SignInParts:
    """What the door is built on; `others` are further pages by (method, path).

    `elsewhere` tells where somebody of that name has to sign in, None for here.
    """

    identity: Identity
    login: Login
    sessions: Sessions
    accounts: AccountExists
    is_secure: Callable[[Scope], bool]
    elsewhere: Elsewhere = nowhere
    others: Mapping[tuple[str, str], Page] = field(default_factory=dict)


class SignInDoor:
    """A plain ASGI application; `scope["havre.origin"]` holds the Origin."""

    def __init__(self, parts: SignInParts) -> None:
        self._parts = parts
        self._pages: Mapping[tuple[str, str], Page] = {
            ("POST", "/c/login"): self._login,
            ("GET", "/c/log_out"): self._log_out,
            ("POST", "/c/userExists"): self._user_exists,
            **parts.others,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        exchange = Exchange(scope, receive, is_secure=self._parts.is_secure(scope))
        try:
            page = self._pages.get((scope["method"], scope["path"]))
            if page is None:
                raise NotFound(f"{scope['method']} {scope['path'][:200]} not found")
            await page(exchange, send)
        except Exception as error:  # noqa: BLE001 - the border of the request
            if not isinstance(error, HavreError) or isinstance(error, Unavailable):
                _log.error("signin failed request_id=%s", exchange.origin.request_id, exc_info=error)
            await refuse(send, error, exchange.origin)

    async def _login(self, exchange: Exchange, send: Send) -> None:
        form = await exchange.form()
        username = form.get("principal", "")
        place = await self._parts.elsewhere(username)
        if place is not None:
            await answer(send, 403, msgspec.json.encode({"redirect_location": place}), [JSON])
            return
        if not username or not form.get("password"):
            raise CredentialsWrong
        actor = await self._parts.login.anew(username, form["password"], exchange.origin)
        await self._end_old(exchange)
        token = await self._parts.sessions.begin(actor)
        await answer(send, headers=[set_cookie(SESSION, token, is_secure=exchange.is_secure)])

    async def _log_out(self, exchange: Exchange, send: Send) -> None:
        await self._end_old(exchange)
        await answer(send, headers=[set_cookie(SESSION, "", is_secure=exchange.is_secure, max_age_s=0)])

    async def _end_old(self, exchange: Exchange) -> None:
        before = exchange.cookies.get(SESSION)
        if before:
            await self._parts.sessions.end(before, exchange.origin)

    async def _user_exists(self, exchange: Exchange, send: Send) -> None:
        form = await exchange.form()
        actor = await self._parts.identity.recognise(read_credentials(exchange.scope), exchange.origin)
        target, value = form.get("target"), form.get("value", "")
        if target not in ("username", "email"):
            raise Invalid("target must be username or email")
        accounts = self._parts.accounts
        look = accounts.by_name if target == "username" else accounts.by_email
        is_there = await look(actor, value)
        await answer(send, 200, msgspec.json.encode(is_there), [JSON])
