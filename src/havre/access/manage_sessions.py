"""Listing and revoking sessions: one's own, or anybody's for an administrator."""

from datetime import timedelta

from havre.access import session_store
from havre.access.decide import refusal, require_admin, require_self_or_system
from havre.access.errors import SessionUnknown
from havre.access.events import SessionRevoked
from havre.access.model import Session
from havre.access.ports import RulesNow, default_rules
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.pages import Page
from havre.kernel.work import Database


class ManageSessions:
    """Shows who is signed in from where, and signs them out."""

    def __init__(self, database: Database, clock: Clock, rules: RulesNow = default_rules) -> None:
        self._database = database
        self._clock = clock
        self._rules = rules

    async def own(self, actor: Actor, after: int, size: int) -> Page[Session]:
        """List the caller's own sessions, oldest first.

        Raises: Unauthenticated, Denied.
        """
        if actor.user_id is None or actor.grants is not None:
            raise refusal(actor, "list sessions")
        return await self._page(actor.user_id, after, size)

    async def everybodys(self, actor: Actor, after: int, size: int) -> Page[Session]:
        """List all sessions, oldest first.

        Raises: Unauthenticated, Denied to all but administrators.
        """
        require_admin(actor, "list the sessions of everybody")
        return await self._page(None, after, size)

    async def _page(self, user_id: int | None, after: int, size: int) -> Page[Session]:
        seen_after = self._clock.now() - timedelta(seconds=(await self._rules()).session_idle_s)
        async with self._database.read() as reader:
            found = await session_store.sessions(reader, user_id, seen_after, after, size + 1)
        more = str(found[size - 1].id) if len(found) > size else None
        return Page(found[:size], more)

    async def revoke(self, actor: Actor, session_id: int) -> None:
        """End a session from outside.

        Raises: SessionUnknown (also for somebody else's), Unauthenticated.
        """
        if actor.user_id is None or actor.grants is not None:
            raise refusal(actor, "revoke sessions")
        async with self._database.write() as work:
            found = await session_store.session(work, session_id)
            if found is None or not (actor.is_admin or found.user_id == actor.user_id):
                raise SessionUnknown(session_id)
            require_self_or_system(actor, found.user_id, "update", f"revoke session {session_id}")
            await session_store.end_session(work, session_id)
            work.announce(SessionRevoked(actor=actor, resource=found.username, session_id=session_id))
