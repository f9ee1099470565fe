"""Delete an artifact as people mean it: with what signs or describes it, and the children only it lists."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName
from havre.kernel.work import Database, Work
from havre.registry.errors import ArtifactTreeTooLarge, ManifestInUse
from havre.registry.events import ManifestDeleted
from havre.registry.settings import RegistrySettings
from havre.registry.store import departures, facts, manifests, places, repositories, tags
from havre.registry.store.queue import QueueChanges

_MOST: Final = 1000  # manifests in one transaction; an index has a handful


@dataclass(slots=True)
class _Fall:
    """One deletion under way."""

    actor: Actor
    repository: RepositoryName
    place: places.ArtifactPlace
    now: int
    review: int
    gone: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    queue: QueueChanges = field(default_factory=QueueChanges)


class DeleteArtifact:
    """Takes an artifact out of a repository; the bytes go after the grace period, by the collector."""

    def __init__(self, database: Database, access: Access, clock: Clock, settings: RegistrySettings) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._settings = settings

    async def delete(self, actor: Actor, repository: RepositoryName, reference: Reference) -> None:
        """Delete an artifact with its tags, its accessories, and children that nothing else holds.

        Raises: RepositoryUnknown, ManifestUnknown, ManifestInUse (an index lists it), ArtifactTreeTooLarge,
        and the refusals of Access.
        """
        await self._access.require(actor, "artifact", "delete", repository.project)
        now = self._clock.now()
        review = to_micros(now + timedelta(seconds=self._settings.grace_s))
        async with self._database.write() as work:
            place = await places.find_artifact(work, repository, reference)
            if await manifests.is_child(work, place.repo_id, Digest.parse(place.digest)):
                raise ManifestInUse(Digest.parse(place.digest))
            fall = _Fall(actor, repository, place, to_micros(now), review)
            waiting = [place.digest]
            while waiting:
                waiting += await _take_out(work, fall, waiting.pop())
            await repositories.touch(work, place.repo_id, fall.now)
            await facts.relist(work, place.repo_id, [name for name in fall.touched if name not in fall.gone])
            await facts.relist_accessories(work, place.repo_id, fall.gone)
            await fall.queue.write(work)


async def _take_out(work: Work, fall: _Fall, name: str) -> Sequence[str]:
    """Delete one manifest; returns what falls with it."""
    repo_id, digest = fall.place.repo_id, Digest.parse(name)
    gone_tags = await tags.tags_of(work, repo_id, name)
    accessories = await facts.accessories_on(work, repo_id, name)
    for tag in gone_tags:
        await tags.remember(work, repo_id, tag, None, fall.actor.name, fall.now)
    children = await departures.delete_manifest(work, fall.queue, repo_id, digest, fall.review)
    if children is None:
        return ()
    fall.gone.append(name)
    if len(fall.gone) > _MOST:
        raise ArtifactTreeTooLarge(fall.place.digest, _MOST)
    fall.touched += children
    work.announce(
        ManifestDeleted(
            actor=fall.actor,
            resource=f"{fall.repository}@{name}",
            project_id=fall.place.project_id,
            repository=fall.repository.text,
            digest=name,
            tags=tuple(gone_tags),
        )
    )
    return [*accessories, *await facts.held_by_nothing(work, repo_id, children)]
