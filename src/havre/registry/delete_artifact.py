"""Delete an artifact as people mean it: with what signs or describes it, and the children only it lists."""

from datetime import timedelta

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName
from havre.kernel.work import Database
from havre.registry.errors import ManifestInUse
from havre.registry.fall import Fall, fell, hold, settle
from havre.registry.ports import TagGate
from havre.registry.settings import RegistrySettings
from havre.registry.store import manifests, places


class DeleteArtifact:
    """Takes an artifact out of a repository; the bytes go after the grace period, by the collector."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, settings: RegistrySettings, gate: TagGate
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._settings = settings
        self._gate = gate

    async def delete(self, actor: Actor, repository: RepositoryName, reference: Reference) -> None:
        """Delete an artifact with its tags, its accessories, and children that nothing else holds.

        Raises: RepositoryUnknown, ManifestUnknown, ManifestInUse (an index lists it), ArtifactTreeTooLarge,
        TagImmutable, and the refusals of Access.
        """
        await self._access.require(actor, "artifact", "delete", repository.project)
        now = self._clock.now()
        review = to_micros(now + timedelta(seconds=self._settings.grace_s))
        async with self._database.write() as work:
            place = await places.lock_artifact(work, repository, reference)
            if await manifests.is_child(work, place.repo_id, Digest.parse(place.digest)):
                raise ManifestInUse(Digest.parse(place.digest))
            rules = await self._gate.hold(work, place.project_id)
            fall = Fall(actor, repository, place.project_id, place.repo_id, rules, to_micros(now), review)
            await hold(work, fall, [place.digest])
            await fell(work, fall, place.digest)
            await settle(work, fall)
            await fall.queue.write(work)
