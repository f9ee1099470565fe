"""Refresh tokens: what docker keeps in place of the password. Random, hashed at rest."""

import hashlib
import secrets
from datetime import timedelta

from havre.access import store, token_store
from havre.access.actors import actor_of
from havre.access.errors import TokenInvalid
from havre.access.model import AccountOrigin
from havre.access.settings import AccessSettings
from havre.kernel.actor import Actor, Origin
from havre.kernel.clock import Clock
from havre.kernel.errors import Denied
from havre.kernel.work import Database

_LONGEST_CLIENT = 200  # what a client calls itself is kept for the audit, not for novels


class RefreshTokens:
    """Gives refresh tokens and takes them back; a new password ends them all."""

    def __init__(self, database: Database, clock: Clock, settings: AccessSettings) -> None:
        self._database = database
        self._clock = clock
        self._life = timedelta(days=settings.refresh_token_days)

    async def issue(self, actor: Actor, client: str) -> str:
        """Make a refresh token for somebody who just gave the password.

        Somebody of the directory gets none, the empty text: each new token is to be proved there again.
        Raises: Denied for whoever has no account.
        """
        if actor.user_id is None:
            raise Denied("only somebody with an account gets a refresh token")
        async with self._database.read() as reader:
            user = await store.user_by_id(reader, actor.user_id)
        if user is None or user.origin is AccountOrigin.LDAP:
            return ""
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        async with self._database.write() as work:
            await token_store.drop_expired_refresh_tokens(work, actor.user_id, now)
            await token_store.add_refresh_token(
                work, _hash(token), actor.user_id, client[:_LONGEST_CLIENT], now, now + self._life
            )
        return token

    async def redeem(self, token: str, origin: Origin) -> Actor:
        """Tell whose refresh token this is.

        Raises: TokenInvalid.
        """
        async with self._database.read() as reader:
            owner = await token_store.refresh_token_owner(reader, _hash(token), self._clock.now())
            user = None if owner is None else await store.user_by_id(reader, owner)
        if user is None:
            raise TokenInvalid("the refresh token is expired or revoked: log in again")
        return actor_of(user, origin)


def _hash(token: str) -> str:
    # 256 random bits need no slow hash; looking up by the hash compares nothing secret byte by byte.
    return hashlib.sha256(token.encode()).hexdigest()
