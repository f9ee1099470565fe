"""The pages under /c/oidc: to the provider, back from it, the choice of a name, and out of both.

/c/oidc/login      GET    to the provider; `redirect_url` is where to go afterwards
/c/oidc/callback   GET    back with a code
/c/oidc/onboard    POST   {"username": "…"}, for somebody new
/c/oidc/logout     GET    ends the session, and the provider's where that is configured

Source: reference/harbor.md 1.5 and 2.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec

from havre.access import ATTEMPT_S, ChooseName, Entered, OidcSignIn, Sessions
from havre.access.errors import SignInRefused
from havre.edge.cookies import SESSION, set_cookie
from havre.edge.signin.app import Page
from havre.edge.signin.exchange import Exchange, Header, answer, redirect
from havre.edge.wire.asgi import Send
from havre.kernel.errors import Invalid

_ATTEMPT: Final = "havre_oidc"
_PENDING: Final = "havre_onboard"
_PATH: Final = "/c/oidc"
_HOME: Final = "/"


class _Chosen(msgspec.Struct):
    username: str


class OidcPages:
    """The pages, for `SignInParts.others`."""

    def __init__(self, oidc: OidcSignIn, sessions: Sessions, base_url: Callable[[Exchange], str]) -> None:
        self._oidc = oidc
        self._sessions = sessions
        self._base_url = base_url

    @property
    def pages(self) -> Mapping[tuple[str, str], Page]:
        """The pages by method and path."""
        return {
            ("GET", "/c/oidc/login"): self._login,
            ("GET", "/c/oidc/callback"): self._callback,
            ("POST", "/c/oidc/onboard"): self._onboard,
            ("GET", "/c/oidc/logout"): self._logout,
        }

    async def elsewhere(self, username: str) -> str | None:
        """Tell where somebody of that name has to sign in, None for here."""
        return "/c/oidc/login" if await self._oidc.elsewhere(username) else None

    async def _login(self, exchange: Exchange, send: Send) -> None:
        then = own_path(exchange.query.get("redirect_url", ""))
        url, kept = await self._oidc.begin(f"{self._base_url(exchange)}/c/oidc/callback", then)
        text = base64.urlsafe_b64encode(kept).decode()
        await redirect(send, url, [self._cookie(exchange, _ATTEMPT, text, ATTEMPT_S)])

    async def _callback(self, exchange: Exchange, send: Send) -> None:
        query = exchange.query
        if "code" not in query:
            raise SignInRefused(f"the provider did not let you in: {query.get('error', 'no code')[:80]}")
        try:
            kept = base64.urlsafe_b64decode(exchange.cookies.get(_ATTEMPT, ""))
        except (binascii.Error, ValueError):
            kept = b""
        found = await self._oidc.finish(kept, query.get("state", ""), query["code"], exchange.origin)
        over = self._cookie(exchange, _ATTEMPT, "", 0)
        if isinstance(found, Entered):
            await redirect(send, found.then, [over, *await self._enter(exchange, found)])
            return
        await redirect(send, _choice(found), [over, self._cookie(exchange, _PENDING, found.token, ATTEMPT_S)])

    async def _onboard(self, exchange: Exchange, send: Send) -> None:
        try:
            chosen = msgspec.json.decode(await exchange.body(), type=_Chosen)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Invalid('send the user name as {"username": "…"}') from None
        token = exchange.cookies.get(_PENDING, "")
        entered = await self._oidc.onboard(token, chosen.username, exchange.origin)
        over = self._cookie(exchange, _PENDING, "", 0)
        await answer(send, headers=[over, *await self._enter(exchange, entered)])

    async def _logout(self, exchange: Exchange, send: Send) -> None:
        token = exchange.cookies.get(SESSION, "")
        id_token = await self._sessions.end(token, exchange.origin) if token else None
        url = None
        if id_token is not None:  # somebody without a session of ours ends nothing elsewhere
            url = await self._oidc.end_session_url(id_token, f"{self._base_url(exchange)}/")
        over = set_cookie(SESSION, "", is_secure=exchange.is_secure, max_age_s=0)
        await redirect(send, url or _HOME, [over])

    async def _enter(self, exchange: Exchange, entered: Entered) -> list[Header]:
        before = exchange.cookies.get(SESSION)
        if before:
            await self._sessions.end(before, exchange.origin)
        token = await self._sessions.begin(entered.actor, entered.id_token)
        return [set_cookie(SESSION, token, is_secure=exchange.is_secure)]

    def _cookie(self, exchange: Exchange, name: str, value: str, max_age_s: int) -> Header:
        return set_cookie(name, value, is_secure=exchange.is_secure, path=_PATH, max_age_s=max_age_s)


def own_path(text: str) -> str:
    """Take a place to go to only when it is a path of ours: a sign-in must not lead elsewhere."""
    is_path = text.startswith("/") and not text.startswith("//") and "\\" not in text
    return text if is_path and text.isprintable() and text.isascii() and len(text) <= 1024 else _HOME


def _choice(found: ChooseName) -> str:
    return f"/oidc-onboard?{urlencode({'username': found.suggestion, 'redirect_url': found.then})}"
