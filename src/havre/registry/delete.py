"""Delete a manifest, a tag or a blob. Rows go now; bytes go after the grace period, by the collector."""

from dataclasses import dataclass, field
from datetime import timedelta

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database, Work
from havre.registry.errors import BlobInUse, BlobUnknown, ManifestInUse, ManifestUnknown, RepositoryUnknown
from havre.registry.events import BlobDeleted, ManifestDeleted, TagDeleted
from havre.registry.ports import TagGate
from havre.registry.refuse_immutable import refuse_immutable
from havre.registry.settings import RegistrySettings
from havre.registry.store import blobs, departures, facts, manifests, repositories, tags
from havre.registry.store.queue import QueueChanges, review_blob


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and by whom something is deleted."""

    actor: Actor
    repository: RepositoryName
    project_id: int
    repo_id: int
    queue: QueueChanges = field(default_factory=QueueChanges)


class Delete:
    """Takes content out of a repository."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, settings: RegistrySettings, gate: TagGate
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._settings = settings
        self._gate = gate

    async def manifest(self, actor: Actor, repository: RepositoryName, reference: Reference) -> None:
        """Delete a tag, or a manifest with every tag on it.

        Raises: ManifestUnknown, ManifestInUse (an index names it), TagImmutable, and the refusals of Access.
        Source: OCI distribution-spec v1.1, "Deleting tags" and "Deleting Manifests".
        """
        await self._access.require_repository(actor, repository, "delete")
        async with self._database.write() as work:
            project_id = await repositories.project_id_of(work, repository)
            repo_id = await repositories.lock(work, repository)
            if repo_id is None or project_id is None:
                raise RepositoryUnknown(repository)
            place = _Place(actor, repository, project_id, repo_id)
            if isinstance(reference, Tag):
                touched = [await self._tag(work, place, reference)]
            else:
                touched = await self._digest(work, place, reference)
            await repositories.touch(work, repo_id, self._now())
            await facts.relist(work, repo_id, touched)
            await facts.relist_accessories(work, repo_id, [str(reference)])
            await place.queue.write(work)

    async def _tag(self, work: Work, place: "_Place", tag: Tag) -> str:
        repository, repo_id = place.repository, place.repo_id
        digest = await tags.delete_tag(work, repo_id, tag.text)
        if digest is None:
            raise ManifestUnknown(repository, tag)
        await refuse_immutable(work, self._gate, place.project_id, repository, [tag.text])
        await tags.remember(work, repo_id, tag.text, None, place.actor.name, self._now())
        place.queue.review_manifests(repo_id, [digest], self._review(), "tag deleted")
        work.announce(
            TagDeleted(
                actor=place.actor,
                resource=f"{repository}:{tag}",
                project_id=place.project_id,
                repository=repository.text,
                digest=digest,
                tag=tag.text,
            )
        )
        return digest

    async def _digest(self, work: Work, place: "_Place", digest: Digest) -> list[str]:
        repository, repo_id = place.repository, place.repo_id
        if await manifests.is_child(work, repo_id, digest):
            raise ManifestInUse(digest)
        await manifests.lock_bodies(work, [str(digest)])
        gone_tags = await tags.tags_of(work, repo_id, str(digest))
        await refuse_immutable(work, self._gate, place.project_id, repository, gone_tags)
        referrers = await manifests.referrer_digests(work, repo_id, digest)
        for tag in gone_tags:
            await tags.remember(work, repo_id, tag, None, place.actor.name, self._now())
        children = await departures.delete_manifest(work, place.queue, repo_id, digest, self._review())
        if children is None:
            raise ManifestUnknown(repository, digest)
        place.queue.review_manifests(repo_id, referrers, self._review(), "subject deleted")
        work.announce(
            ManifestDeleted(
                actor=place.actor,
                resource=f"{repository}@{digest}",
                project_id=place.project_id,
                repository=repository.text,
                digest=str(digest),
                tags=tuple(gone_tags),
            )
        )
        return list(children)

    async def blob(self, actor: Actor, repository: RepositoryName, digest: Digest) -> None:
        """Take a blob from the repository.

        Raises: BlobUnknown, BlobInUse (a manifest here names it), and the refusals of Access.
        Source: OCI distribution-spec v1.1, "Deleting Blobs".
        """
        await self._access.require_repository(actor, repository, "delete")
        async with self._database.write() as work:
            project_id = await repositories.project_id_of(work, repository)
            repo_id = await repositories.repository_id(work, repository)
            if repo_id is None:
                raise BlobUnknown(repository, digest)
            if await blobs.is_referenced(work, repo_id, digest):
                raise BlobInUse(digest)
            if not await blobs.unlink_blob(work, repo_id, digest):
                raise BlobUnknown(repository, digest)
            await review_blob(work, str(digest), self._review(), "blob deleted")
            work.announce(
                BlobDeleted(
                    actor=actor,
                    resource=f"{repository}@{digest}",
                    project_id=project_id,
                    repository=repository.text,
                    digest=str(digest),
                )
            )

    def _now(self) -> int:
        return to_micros(self._clock.now())

    def _review(self) -> int:
        return to_micros(self._clock.now() + timedelta(seconds=self._settings.grace_s))
