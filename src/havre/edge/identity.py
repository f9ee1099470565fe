"""Turns an Authorization header into an Actor: nothing, Basic or Bearer. Not for what the actor may do."""

import base64
import binascii

from havre.access import Login, Tokens
from havre.kernel.actor import Actor, Origin, anonymous
from havre.kernel.errors import Unauthenticated


class Identity:
    """Tells who is calling."""

    def __init__(self, login: Login, tokens: Tokens) -> None:
        self._login = login
        self._tokens = tokens

    async def identify(self, authorization: str | None, origin: Origin) -> Actor:
        """Read the header's value; no header is the anonymous caller.

        Raises: CredentialsWrong, TokenInvalid, Unauthenticated (a scheme that is not known), Throttled.
        """
        if authorization is None:
            return anonymous(origin)
        scheme, _, rest = authorization.partition(" ")
        kind = scheme.lower()
        if kind == "bearer":
            return await self._tokens.verify(rest.strip(), origin)
        if kind == "basic":
            username, password = read_basic(rest)
            return await self._login.by_password(username, password, origin)
        raise Unauthenticated("the Authorization header is neither Basic nor Bearer")


def read_basic(encoded: str) -> tuple[str, str]:
    """Take the user name and the password out of what stands behind `Basic `.

    Raises: Unauthenticated when it is not base64 of `name:password` in UTF-8.
    Source: RFC 7617, section 2.
    """
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Unauthenticated("the Basic credentials are not readable") from None
    username, colon, password = text.partition(":")
    if not colon or "\0" in text:
        raise Unauthenticated("the Basic credentials are not readable")
    return username, password
