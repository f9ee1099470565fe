"""Delete a repository with everything in it."""

from datetime import timedelta

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry.events import RepositoryDeleted
from havre.registry.ports import TagGate
from havre.registry.refuse_immutable import refuse_immutable_repository
from havre.registry.settings import RegistrySettings
from havre.registry.store import departures, places, repositories
from havre.registry.store.queue import QueueChanges


class DeleteRepository:
    """Removes repositories; the bytes go after the grace period, by the collector and the sweep."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, settings: RegistrySettings, gate: TagGate
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._settings = settings
        self._gate = gate

    async def delete(self, actor: Actor, repository: RepositoryName) -> None:
        """Remove a repository with its artifacts, tags and uploads, as one change.

        Raises: RepositoryUnknown, TagImmutable, and the refusals of Access.
        """
        await self._access.require(actor, "repository", "delete", repository.project)
        now = self._clock.now()
        review = to_micros(now + timedelta(seconds=self._settings.grace_s))
        async with self._database.write() as work:
            await repositories.lock_to_delete(work, repository)
            place = await places.find_repository(work, repository)
            digests = await departures.lock_contents(work, place.repo_id)
            await refuse_immutable_repository(work, self._gate, place, repository)
            await departures.let_go_of_uploads(work, place.repo_id, to_micros(now))
            held = await departures.lock_links(work, place.repo_id)
            await departures.delete_repository(work, place.repo_id)
            await departures.drop_bodies(work, digests)
            queue = QueueChanges()
            queue.review_blobs(held, review, "repository deleted")
            queue.keep_manifests(place.repo_id, digests)
            await queue.write(work)
            work.announce(
                RepositoryDeleted(
                    actor=actor,
                    resource=repository.text,
                    project_id=place.project_id,
                    artifacts=len(digests),
                )
            )
