"""Turns what a request carries into an Actor, by a chain of authenticators. Not for what the actor may do.

Each way to prove who is calling is one Authenticator; the first that knows the credentials decides:

    Authorization: Bearer   registry token          RegistryTokens
    Authorization: Basic    name and password       BasicLogin
    cookie sid              session                 edge/sessions.py, the API alone
    Authorization: Bearer   ID token of OIDC        edge/sessions.py, the API alone
    nothing                 the anonymous caller
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from havre.access import Login, Tokens
from havre.kernel.actor import Actor, Origin, anonymous
from havre.kernel.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request carries to prove who is calling; `renews` tells that a session is used by a person."""

    authorization: str | None = None
    session: str | None = None
    renews: bool = True

    @property
    def scheme(self) -> str:
        """The word before the blank of the Authorization header, in lower case."""
        return (self.authorization or "").partition(" ")[0].lower()

    @property
    def rest(self) -> str:
        """What stands behind it."""
        return (self.authorization or "").partition(" ")[2].strip()


class Authenticator(Protocol):
    """One way to prove who is calling."""

    async def authenticate(self, credentials: Credentials, origin: Origin) -> Actor | None:
        """Tell who is calling; None when these credentials are not of this way.

        Raises: Unauthenticated when they are and do not hold, Throttled.
        """


class Identity:
    """Tells who is calling; `others` are asked before the two ways that every registry client knows."""

    def __init__(self, login: Login, tokens: Tokens, others: Sequence[Authenticator] = ()) -> None:
        self._chain: Sequence[Authenticator] = (*others, RegistryTokens(tokens), BasicLogin(login))

    async def identify(self, authorization: str | None, origin: Origin) -> Actor:
        """Read an Authorization header's value; no header is the anonymous caller.

        Raises: CredentialsWrong, TokenInvalid, Unauthenticated (a scheme that is not known), Throttled.
        """
        return await self.recognise(Credentials(authorization), origin)

    async def recognise(self, credentials: Credentials, origin: Origin) -> Actor:
        """Read everything that a request carries.

        Raises: as `identify`.
        """
        for authenticator in self._chain:
            actor = await authenticator.authenticate(credentials, origin)
            if actor is not None:
                return actor
        if credentials.authorization is None:
            return anonymous(origin)
        raise Unauthenticated("the Authorization header is neither Basic nor Bearer")


class RegistryTokens:
    """Bearer tokens of the token service."""

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens

    async def authenticate(self, credentials: Credentials, origin: Origin) -> Actor | None:
        """Verify the token."""
        if credentials.scheme != "bearer":
            return None
        return await self._tokens.verify(credentials.rest, origin)


class BasicLogin:
    """A name and a password."""

    def __init__(self, login: Login) -> None:
        self._login = login

    async def authenticate(self, credentials: Credentials, origin: Origin) -> Actor | None:
        """Check the password."""
        if credentials.scheme != "basic":
            return None
        return await self._login.by_password(*read_basic(credentials.rest), origin)


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
