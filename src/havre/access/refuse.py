"""Keeps refusals: who was denied what, and why. The doors call it when a use case said no."""

from havre.access.events import AccessRefused
from havre.kernel.actor import Actor
from havre.kernel.errors import Denied, HavreError
from havre.kernel.work import Database


class Refusals:
    """Writes refusals of people who proved who they are; the anonymous are only asked to log in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, actor: Actor, request: str, error: HavreError) -> None:
        """Add the event; `request` is the method and the path."""
        if not actor.is_authenticated:
            return
        project_id = error.project_id if isinstance(error, Denied) else None
        refused = AccessRefused(
            actor=actor, resource=request, project_id=project_id, succeeded=False, reason=str(error)
        )
        async with self._database.write() as work:
            work.announce(refused)
