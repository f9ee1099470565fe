"""Copy an artifact to another repository, whole: children, accessories, tags. No bytes move."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database, Work
from havre.registry.errors import (
    ArtifactTreeTooLarge,
    ManifestUnknown,
    ProjectMissing,
    QuotaExceeded,
    RepositoryOutsideProject,
)
from havre.registry.events import ManifestCopied, RepositoryCreated
from havre.registry.formats.kinds import accessory_of, kind_of
from havre.registry.formats.manifest import RefKind, parse_manifest
from havre.registry.gates import Gates
from havre.registry.refuse_immutable import refuse_immutable
from havre.registry.settings import RegistrySettings
from havre.registry.store import blobs, copies, facts, manifests, places, repositories, tags
from havre.registry.store.queue import QueueChanges

_MOST: Final = 1000  # manifests in one transaction; an index has a handful


@dataclass(frozen=True, slots=True)
class CopySource:
    """What is copied from where."""

    repository: RepositoryName
    reference: Reference


@dataclass(slots=True)
class _Copying:
    """One copy under way."""

    actor: Actor
    source: places.ArtifactPlace
    target: RepositoryName
    project_id: int
    repo_id: int
    now: int
    review: int
    done: list[str] = field(default_factory=list)
    touched: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    queue: QueueChanges = field(default_factory=QueueChanges)


class Copy:
    """Copies for callers who may read the source and write the target."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, settings: RegistrySettings, gates: Gates
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._settings = settings
        self._quota = gates.quota
        self._gate = gates.tags

    async def artifact(self, actor: Actor, source: CopySource, target: RepositoryName) -> str:
        """Copy an artifact with its children and accessories and return its digest.

        By a tag, that tag comes along; by a digest, every tag. Tags that are there already move.
        Raises: RepositoryUnknown, ManifestUnknown, ProjectMissing, ArtifactTreeTooLarge, QuotaExceeded,
        TagImmutable, and the refusals of Access for both places.
        """
        await self._access.require(actor, "artifact", "create", target.project)
        await self._access.require(actor, "repository", "pull", source.repository.project)
        if not target.path:
            raise RepositoryOutsideProject(target)
        try:
            return await self._copy(actor, source, target)
        except QuotaExceeded as error:  # what it counted was rolled back: the notice is on its own
            await self._quota.tell_refusal(actor, error)
            raise

    async def _copy(self, actor: Actor, source: CopySource, target: RepositoryName) -> str:
        limited = await self._quota.limited(target.project)
        now = self._clock.now()
        review = to_micros(now + timedelta(seconds=self._settings.grace_s))
        async with self._database.write() as work:
            project_id = await repositories.project_for_push(work, target, actor)
            if project_id is None:
                raise ProjectMissing(target)
            repo_id = await repositories.open_for_change(work, project_id, target, to_micros(now))
            place = await places.find_artifact(work, source.repository, source.reference)
            copying = _Copying(actor, place, target, project_id, repo_id, to_micros(now), review)
            async with self._quota.within(work, limited):
                await _copy_tree(work, copying, source)
            names = await _copy_tags(work, copying, source.reference)
            await refuse_immutable(work, self._gate, project_id, target, copying.moved)
            if await repositories.mark_pushed(work, repo_id, copying.now):
                work.announce(RepositoryCreated(actor=actor, resource=target.text, project_id=project_id))
            else:
                await repositories.touch(work, repo_id, copying.now)
            await facts.relist(work, repo_id, [*copying.done, *copying.touched])
            await facts.relist_accessories(work, repo_id, copying.done)
            await copying.queue.write(work)
            _announce(work, copying, source, names)
        return place.digest


async def _copy_tree(work: Work, copying: _Copying, source: CopySource) -> None:
    """Copy children before those that list them; accessories last, when their subject is there.

    Raises: ArtifactTreeTooLarge, ManifestUnknown.
    """
    waiting, known = [copying.source.digest], {copying.source.digest}
    order: list[str] = []
    while waiting:
        digest = waiting.pop()
        order.append(digest)
        if len(order) > _MOST:
            raise ArtifactTreeTooLarge(copying.source.digest, _MOST)
        children = await manifests.children_of(work, copying.source.repo_id, Digest.parse(digest))
        accessories = await facts.accessories_on(work, copying.source.repo_id, digest)
        fresh = [name for name in (*children, *accessories) if name not in known]
        known.update(fresh)
        waiting += fresh
    await manifests.hold_bodies(work, order)  # in one order, before each is taken: no deadlock
    if await copies.manifest_of(work, copying.source.repo_id, copying.source.digest) is None:
        raise ManifestUnknown(source.repository, source.reference)  # it was just being deleted
    for digest in reversed(order):
        await _copy_one(work, copying, digest)


async def _copy_one(work: Work, copying: _Copying, name: str) -> None:
    found = await copies.manifest_of(work, copying.source.repo_id, name)
    if found is None:  # a child that was never pushed, or is a blob
        await _copy_blobs(work, copying, [name])
        return
    parsed = parse_manifest(found.body, found.media_type)
    held = [str(ref.digest) for ref in parsed.refs if ref.kind in (RefKind.CONFIG, RefKind.LAYER)]
    missing = await _copy_blobs(work, copying, held)
    await manifests.add_manifest(
        work,
        copying.repo_id,
        manifests.NewManifest(
            digest=Digest.parse(name),
            body=found.body,
            parsed=parsed,
            total_size=found.total_size,
            pushed_by=copying.actor.name,
            pushed_at=copying.now,
            missing=frozenset(missing),
            project_id=copying.project_id,
            kind=kind_of(parsed),
        ),
    )
    own_tags = await tags.tags_of(work, copying.source.repo_id, name)
    bond = accessory_of(parsed, own_tags)
    if bond is not None:
        await facts.bind(work, copying.repo_id, facts.Bond(name, *bond), copying.now)
    copying.queue.keep_blobs(held)
    copying.queue.keep_manifests(copying.repo_id, [name])
    copying.done.append(name)
    if bond is not None and parsed.subject is None:  # what cosign knows by its tag alone
        await _set_tags(work, copying, name, own_tags)


async def _copy_blobs(work: Work, copying: _Copying, digests: Sequence[str]) -> list[str]:
    """Let the target read blobs that the source holds; returns those it does not."""
    present = await copies.held_blobs(work, copying.source.repo_id, digests)
    for digest in present:
        await blobs.link_blob(work, copying.repo_id, Digest.parse(digest), copying.now, copying.review)
    return [digest for digest in digests if digest not in present]


async def _copy_tags(work: Work, copying: _Copying, reference: Reference) -> Sequence[str]:
    digest = copying.source.digest
    if isinstance(reference, Tag):
        names: Sequence[str] = [reference.text]
    else:
        names = await tags.tags_of(work, copying.source.repo_id, digest)
    await _set_tags(work, copying, digest, names)
    return names


async def _set_tags(work: Work, copying: _Copying, digest: str, names: Sequence[str]) -> None:
    for name in sorted(names):  # in one order: no deadlock
        previous = await tags.move_tag(work, copying.repo_id, name, Digest.parse(digest), copying.now)
        if previous == digest:
            continue
        await tags.remember(work, copying.repo_id, name, digest, copying.actor.name, copying.now)
        if previous is not None:
            copying.queue.review_manifests(copying.repo_id, [previous], copying.review, "tag moved")
            copying.touched.append(previous)
            copying.moved.append(name)


def _announce(work: Work, copying: _Copying, source: CopySource, names: Sequence[str]) -> None:
    digest = copying.source.digest
    work.announce(
        ManifestCopied(
            actor=copying.actor,
            resource=f"{copying.target}:{names[0]}" if names else f"{copying.target}@{digest}",
            project_id=copying.project_id,
            repository=copying.target.text,
            digest=digest,
            source=source.repository.text,
            tags=tuple(names),
        )
    )
