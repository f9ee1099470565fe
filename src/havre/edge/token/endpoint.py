"""The Docker token handshake over HTTP: GET with Basic or nothing, POST with a password or refresh token.

Not for what a token grants: that is access/tokens.
Sources: distribution `docs/content/spec/auth/{token,oauth}.md`; captured clients in
reference/signing-and-clients.md B2.
"""

import logging
from datetime import UTC, datetime
from typing import Final

import msgspec

from havre.access import IssuedToken, Login, RefreshTokens, Tokens
from havre.edge.errors import face_of, oci_envelope, retry_after_s
from havre.edge.identity import read_basic
from havre.edge.token.forms import TokenQuery, parse_query
from havre.edge.wire.asgi import Receive, Scope, Send
from havre.kernel.actor import Actor, Origin, anonymous
from havre.kernel.errors import Invalid, TooLarge, Unauthenticated

_LONGEST_FORM: Final = 128 * 1024  # 200 scopes of long names
_FORM: Final = b"application/x-www-form-urlencoded"
_ENCODER: Final = msgspec.json.Encoder()
_log: Final = logging.getLogger("havre.token")

Headers = list[tuple[bytes, bytes]]


class _Answer(msgspec.Struct, omit_defaults=True):
    token: str
    access_token: str  # the same: clients read the one or the other
    expires_in: int
    issued_at: str
    scope: str = ""
    refresh_token: str = ""


class _Left(Exception):
    """The client went before its form was complete."""


class TokenEndpoint:
    """A plain ASGI application for `/service/token`; `scope["havre.origin"]` holds the Origin."""

    def __init__(self, login: Login, tokens: Tokens, refresh: RefreshTokens) -> None:
        self._login = login
        self._tokens = tokens
        self._refresh = refresh

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        origin: Origin = scope.get("havre.origin") or Origin()
        try:
            if scope["method"] == "GET":
                answer = await self._get(scope, origin)
            elif scope["method"] == "POST":
                answer = await self._post(scope, receive, origin)
            else:
                await _reply(send, 405, _NOT_ALLOWED, [(b"allow", b"GET, POST")])
                return
        except _Left:
            return
        except Exception as error:  # noqa: BLE001 - the border of the request
            await _refuse(send, error, origin)
            return
        await _reply(send, 200, _ENCODER.encode(answer), [])

    async def _get(self, scope: Scope, origin: Origin) -> _Answer:
        headers = dict(scope["headers"])
        query = parse_query(scope["query_string"].decode("latin-1"), _host(headers))
        authorization = headers.get(b"authorization")
        if authorization is not None:
            actor = await self._login.by_password(*_basic(authorization), origin)
        elif query.is_scoped:
            actor = anonymous(origin)
        else:  # a login without credentials proves nothing
            raise Unauthenticated("log in: no credentials and no scope were given")
        issued = await self._tokens.issue(actor, query.scopes)
        refresh_token = await self._refresh_token(actor, query)
        return _answer(issued, refresh_token)

    async def _post(self, scope: Scope, receive: Receive, origin: Origin) -> _Answer:
        headers = dict(scope["headers"])
        if headers.get(b"content-type", b"").partition(b";")[0].strip().lower() != _FORM:
            raise Invalid(f"send the request for a token as {_FORM.decode()}")
        form = await _read_form(receive)
        query = parse_query(form, _host(headers))
        actor, refresh_token = await self._owner(query, origin)
        issued = await self._tokens.issue(actor, query.scopes)
        answer = _answer(issued, refresh_token)
        answer.scope = " ".join(str(granted) for granted in issued.granted if granted.actions)
        return answer

    async def _owner(self, query: TokenQuery, origin: Origin) -> tuple[Actor, str]:
        if query.grant_type == "password":
            actor = await self._login.by_password(query.username, query.password, origin)
            return actor, await self._refresh_token(actor, query)
        if query.grant_type == "refresh_token":
            return await self._refresh.redeem(query.refresh_token, origin), query.refresh_token
        raise Invalid("grant_type must be password or refresh_token")

    async def _refresh_token(self, actor: Actor, query: TokenQuery) -> str:
        # A robot gets none: it has its secret, and tools go on with that.
        if not query.wants_refresh or actor.user_id is None:
            return ""
        return await self._refresh.issue(actor, query.client)


_NOT_ALLOWED: Final = b'{"errors":[{"code":"UNSUPPORTED","message":"use GET or POST"}]}'


def _answer(issued: IssuedToken, refresh_token: str) -> _Answer:
    return _Answer(
        token=issued.token,
        access_token=issued.token,
        expires_in=issued.expires_in_s,
        issued_at=_rfc3339(issued.issued_at),
        refresh_token=refresh_token,
    )


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _host(headers: dict[bytes, bytes]) -> str:
    return headers.get(b"host", b"").decode("latin-1").lower()


def _basic(authorization: bytes) -> tuple[str, str]:
    scheme, _, encoded = authorization.decode("latin-1").partition(" ")
    if scheme.lower() != "basic":
        raise Unauthenticated("the token service takes Basic credentials")
    return read_basic(encoded)


async def _read_form(receive: Receive) -> str:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Left
        body += message.get("body", b"")
        if len(body) > _LONGEST_FORM:
            raise TooLarge(f"the form is longer than {_LONGEST_FORM} bytes")
        if not message.get("more_body", False):
            return body.decode("latin-1")


async def _refuse(send: Send, error: Exception, origin: Origin) -> None:
    status = face_of(error).status
    headers: Headers = []
    if status == 401:
        headers.append((b"www-authenticate", b'Basic realm="harbor"'))
    wait_s = retry_after_s(error)
    if wait_s is not None:
        headers.append((b"retry-after", str(wait_s).encode()))
    if status >= 500:
        _log.error("token failed request_id=%s", origin.request_id, exc_info=error)
    await _reply(send, status, oci_envelope(error), headers)


async def _reply(send: Send, status: int, body: bytes, headers: Headers) -> None:
    headers += [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
