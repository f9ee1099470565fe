"""Give an artifact another tag, or take one off it; the artifact stays."""

from datetime import timedelta

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database
from havre.registry.errors import TagExists, TagUnknown
from havre.registry.events import TagCreated, TagDeleted
from havre.registry.ports import TagGate
from havre.registry.refuse_immutable import refuse_immutable
from havre.registry.settings import RegistrySettings
from havre.registry.store import facts, places, repositories, tags
from havre.registry.store.queue import QueueChanges


class ChangeTags:
    """Changes tags without a push."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, settings: RegistrySettings, gate: TagGate
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._settings = settings
        self._gate = gate

    async def create(self, actor: Actor, repository: RepositoryName, reference: Reference, tag: Tag) -> None:
        """Let a new tag name the artifact.

        Raises: RepositoryUnknown, ManifestUnknown, TagExists (on any artifact), and the refusals of Access.
        """
        await self._access.require(actor, "tag", "create", repository.project)
        now = to_micros(self._clock.now())
        async with self._database.write() as work:
            await repositories.project_for_push(work, repository, actor)
            place = await places.lock_artifact(work, repository, reference)
            if not await tags.add_tag(work, place.repo_id, tag.text, Digest.parse(place.digest), now):
                raise TagExists(repository, tag)
            await tags.remember(work, place.repo_id, tag.text, place.digest, actor.name, now)
            await repositories.touch(work, place.repo_id, now)
            await facts.relist(work, place.repo_id, [place.digest])
            queue = QueueChanges()
            queue.keep_manifests(place.repo_id, [place.digest])
            await queue.write(work)
            work.announce(
                TagCreated(
                    actor=actor,
                    resource=f"{repository}:{tag}",
                    project_id=place.project_id,
                    repository=repository.text,
                    digest=place.digest,
                    tag=tag.text,
                )
            )

    async def delete(self, actor: Actor, repository: RepositoryName, reference: Reference, tag: Tag) -> None:
        """Take a tag off the artifact that it names.

        Raises: RepositoryUnknown, ManifestUnknown, TagUnknown, TagImmutable, and the refusals of Access.
        """
        await self._access.require(actor, "tag", "delete", repository.project)
        now = self._clock.now()
        review = to_micros(now + timedelta(seconds=self._settings.grace_s))
        async with self._database.write() as work:
            place = await places.lock_artifact(work, repository, reference)
            if await tags.delete_tag(work, place.repo_id, tag.text) != place.digest:
                raise TagUnknown(repository, tag)  # the work is undone
            await refuse_immutable(work, self._gate, place.project_id, repository, [tag.text])
            await tags.remember(work, place.repo_id, tag.text, None, actor.name, to_micros(now))
            await repositories.touch(work, place.repo_id, to_micros(now))
            await facts.relist(work, place.repo_id, [place.digest])
            queue = QueueChanges()
            queue.review_manifests(place.repo_id, [place.digest], review, "tag deleted")
            await queue.write(work)
            work.announce(
                TagDeleted(
                    actor=actor,
                    resource=f"{repository}:{tag}",
                    project_id=place.project_id,
                    repository=repository.text,
                    digest=place.digest,
                    tag=tag.text,
                )
            )
