"""Keeps refusals: who was denied what, and why. The doors call it when a use case said no."""

from dataclasses import replace

from havre.access.decide import Access
from havre.access.errors import InsufficientScope, ProjectUnknown
from havre.access.events import AccessRefused
from havre.access.model import RepositoryAction
from havre.kernel.actor import Actor
from havre.kernel.errors import Denied, HavreError, Unauthenticated
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database


class Refusals:
    """Writes refusals of people who proved who they are; the anonymous are only asked to log in.

    Nor is a token refused that its owner may have exchanged for a wider one: clients come with the token of
    their last request and wait for the challenge that names the scope of this one.
    """

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def note(self, actor: Actor, request: str, error: HavreError) -> None:
        """Add the event; `request` is the method and the path."""
        if not actor.is_authenticated:
            return
        reason = error if not isinstance(error, InsufficientScope) else await self._behind(actor, error)
        if reason is None:
            return
        project_id = reason.project_id if isinstance(reason, Denied) else None
        refused = AccessRefused(
            actor=actor, resource=request, project_id=project_id, succeeded=False, reason=str(reason)
        )
        async with self._database.write() as work:
            work.announce(refused)

    async def _behind(self, actor: Actor, error: InsufficientScope) -> HavreError | None:
        """Find what the owner of a token is refused; None when a wider token is theirs for the asking."""
        action = _action_of(error)
        if action is None:
            return None
        owner = replace(actor, grants=None)
        try:
            await self._access.require_repository(owner, RepositoryName.parse(error.repository), action)
        except (Denied, Unauthenticated) as refusal:
            return refusal
        except ProjectUnknown:
            return None
        return None


def _action_of(error: InsufficientScope) -> RepositoryAction | None:
    """Tell what was tried; None for the catalog, which is open to everybody who logs in."""
    if error.kind != "repository":
        return None
    if "push" in error.actions:
        return "push"
    return "delete" if "delete" in error.actions else "pull"
