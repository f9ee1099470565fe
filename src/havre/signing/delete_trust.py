"""Delete the trust data of a name, with the keys held for it."""

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import Event
from havre.kernel.work import Database, Work
from havre.signing import key_store, trust_store
from havre.signing.events import TrustDeleted
from havre.signing.gun import Gun


class DeleteTrust:
    """Deletes by hand."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def run(self, actor: Actor, gun: Gun) -> None:
        """Delete everything of a name; nothing to delete is no error.

        Raises: the refusals of Access.
        """
        await self._access.require_repository(actor, gun.repository, "delete")
        async with self._database.write() as work:
            project_id = await trust_store.project_id(work, gun.repository.project)
            if await _delete(work, gun.text, to_micros(self._clock.now())):
                work.announce(
                    TrustDeleted(
                        actor=actor,
                        resource=gun.text,
                        project_id=project_id,
                        repository=gun.repository.text,
                    )
                )


class ForgetTrust:
    """Hears of repositories that are deleted: their trust data goes in the same transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def __call__(self, work: Work, event: Event) -> None:
        """Delete what was signed in a repository that is gone; its event tells of it."""
        for gun in await trust_store.guns_of_repository(work, event.resource):
            await _delete(work, gun, to_micros(self._clock.now()))


async def _delete(work: Work, gun: str, now: int) -> bool:
    await key_store.delete_keys(work, gun)
    is_there = await trust_store.delete_collection(work, gun)
    if is_there:
        await trust_store.add_change(work, gun, "deletion", now)
    return is_there
