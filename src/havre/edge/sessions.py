"""What proves who is calling the API, beside passwords and registry tokens: the cookie `sid`, ID tokens."""

from havre.access import IdTokens, Sessions
from havre.access.errors import SessionOver
from havre.edge.cookies import SESSION, read_cookies
from havre.edge.identity import Credentials
from havre.edge.wire.asgi import Scope
from havre.kernel.actor import Actor, Origin


class SessionCookie:
    """An Authenticator over sessions."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def authenticate(self, credentials: Credentials, origin: Origin) -> Actor | None:
        """Recognise the session; one that is over is nobody, so that public things stay open."""
        if credentials.authorization is not None or not credentials.session:
            return None
        try:
            return await self._sessions.recognise(credentials.session, origin, renews=credentials.renews)
        except SessionOver:
            return None


def read_credentials(scope: Scope) -> Credentials:
    """Collect what a request carries."""
    authorization: str | None = None
    renews = True
    for name, value in scope["headers"]:
        if name == b"authorization":
            authorization = value.decode("latin-1")
        elif name == b"x-harbor-no-session-renewal":
            renews = False
    return Credentials(authorization, read_cookies(scope["headers"]).get(SESSION), renews)


class IdTokenBearer:
    """An Authenticator over ID tokens of the OIDC provider."""

    def __init__(self, tokens: IdTokens) -> None:
        self._tokens = tokens

    async def authenticate(self, credentials: Credentials, origin: Origin) -> Actor | None:
        """Recognise a token that the provider issued; another is for the next in the chain."""
        if credentials.scheme != "bearer":
            return None
        return await self._tokens.recognise(credentials.rest, origin)
