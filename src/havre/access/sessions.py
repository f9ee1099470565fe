"""Sessions: begun when a person signs in, recognised by a cookie, over when they are not used.

The token is random and hashed at rest. `seen_at` is written at most once a minute.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Final

from havre.access import session_store
from havre.access.errors import SessionOver
from havre.access.events import LoggedIn, LoggedOut
from havre.access.model import Session
from havre.access.ports import KeyWrapper, RulesNow, default_rules
from havre.kernel.actor import Actor, ActorKind, Origin
from havre.kernel.clock import Clock
from havre.kernel.errors import Denied
from havre.kernel.work import Database

_TOUCH_EVERY: Final = timedelta(minutes=1)
_LONGEST_TOKEN: Final = 128
_LONGEST_CLIENT: Final = 200


class Sessions:
    """Begins sessions, tells whose they are, ends them."""

    def __init__(
        self, database: Database, wrapper: KeyWrapper, clock: Clock, rules: RulesNow = default_rules
    ) -> None:
        self._database = database
        self._wrapper = wrapper
        self._clock = clock
        self._rules = rules

    async def begin(self, actor: Actor, id_token: str | None = None) -> str:
        """Begin a session for somebody who just proved who they are; gives its token.

        `id_token` is the provider's, kept to end its session too.
        Raises: Denied for whoever has no account.
        """
        if actor.user_id is None or actor.grants is not None:
            raise Denied("only somebody with an account signs in")
        token = secrets.token_urlsafe(32)
        now = self._clock.now()
        idle = timedelta(seconds=(await self._rules()).session_idle_s)
        wrapped = None if id_token is None else self._wrapper.wrap(id_token.encode())
        origin = actor.origin
        made = Session(
            0, actor.user_id, actor.name, origin.address, origin.client[:_LONGEST_CLIENT], now, now
        )
        async with self._database.write() as work:
            await session_store.drop_idle_sessions(work, now - idle)
            await session_store.add_session(work, hash_token(token), made, wrapped)
            if id_token is not None:  # no password was checked that would have told it
                work.announce(LoggedIn(actor=actor, resource=actor.name))
        return token

    async def recognise(self, token: str, origin: Origin, *, renews: bool = True) -> Actor:
        """Tell whose session this is; its use keeps it alive unless it does not count (`renews`).

        Raises: SessionOver.
        """
        found = None
        if len(token) <= _LONGEST_TOKEN:
            found = await session_store.session_of(self._database, hash_token(token))
        now = self._clock.now()
        idle = timedelta(seconds=(await self._rules()).session_idle_s)
        if found is None or found.seen_at + idle <= now:
            raise SessionOver
        if renews and found.seen_at + _TOUCH_EVERY <= now:
            async with self._database.write() as work:
                await session_store.touch_session(work, found.id, now)
        return Actor(ActorKind.USER, found.username, found.user_id, found.is_admin, None, origin)

    async def end(self, token: str, origin: Origin) -> str | None:
        """End a session; gives the provider's token where there is one. One that is over is no error."""
        if len(token) > _LONGEST_TOKEN:
            return None
        found = await session_store.session_of(self._database, hash_token(token))
        if found is None:
            return None
        actor = Actor(ActorKind.USER, found.username, found.user_id, found.is_admin, None, origin)
        async with self._database.write() as work:
            wrapped = await session_store.id_token_of(work, hash_token(token))
            if await session_store.end_session(work, found.id):
                work.announce(LoggedOut(actor=actor, resource=found.username))
        return None if wrapped is None else self._wrapper.unwrap(wrapped).decode()


def hash_token(token: str) -> str:
    """Hash a random token for the database: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
