"""Push a manifest: parse, check what it names, store it and move its tags in one transaction."""

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
from havre.registry.describe import Describe
from havre.registry.errors import (
    DigestMismatch,
    ManifestReferenceUnknown,
    ManifestTooLarge,
    ProjectMissing,
    RepositoryOutsideProject,
    TooManyTags,
)
from havre.registry.events import ManifestPushed, RepositoryCreated, TagMoved
from havre.registry.formats.kinds import accessory_of, kind_of
from havre.registry.formats.manifest import ParsedManifest, RefKind, parse_manifest
from havre.registry.gates import Gates
from havre.registry.model import PushedManifest
from havre.registry.refuse_immutable import refuse_immutable
from havre.registry.settings import RegistrySettings
from havre.registry.store import facts, manifests, repositories, tags
from havre.registry.store.queue import QueueChanges

TAGS_LIMIT: Final = 100  # the spec asks for at least 10
_SIZE_LIMIT: Final = (1 << 53) - 1  # the largest number that every JSON reader keeps; a BIGINT holds it too


@dataclass(frozen=True, slots=True)
class ManifestUpload:
    """What a client sends: the bytes, their Content-Type, and the name they get."""

    body: bytes
    content_type: str
    reference: Reference
    more_tags: tuple[Tag, ...] = ()


class Push:
    """Stores manifests."""

    def __init__(
        self,
        database: Database,
        describe: Describe,
        access: Access,
        clock: Clock,
        settings: RegistrySettings,
        gates: Gates,
    ) -> None:
        self._database = database
        self._describe = describe
        self._access = access
        self._clock = clock
        self._settings = settings
        self._gates = gates

    @property
    def limit_bytes(self) -> int:
        """The largest manifest taken; the edge stops reading one byte later."""
        return self._settings.manifest_limit_bytes

    async def authorize(self, actor: Actor, repository: RepositoryName) -> None:
        """Let the caller pass before a body is read.

        Raises: the refusals of Access.
        """
        await self._access.require_repository(actor, repository, "push")

    async def manifest(
        self, actor: Actor, repository: RepositoryName, upload: ManifestUpload
    ) -> PushedManifest:
        """Store a manifest under its digest and let the tags name it.

        Raises: ManifestInvalid, ManifestTooLarge, DigestMismatch, ManifestReferenceUnknown, TooManyTags,
        ProjectMissing, QuotaExceeded, TagImmutable, and the refusals of Access. Nothing is stored then.
        Source: OCI distribution-spec v1.1, "Pushing Manifests".
        """
        await self.authorize(actor, repository)
        if not repository.path:
            raise RepositoryOutsideProject(repository)
        if len(upload.body) > self.limit_bytes:
            raise ManifestTooLarge(self.limit_bytes)
        parsed = parse_manifest(upload.body, upload.content_type)
        digest = _digest_of(upload)
        async with self._gates.quota.hold(actor, repository.project, {digest: len(upload.body)}):
            return await self._write(actor, repository, upload, (digest, parsed))

    async def _write(
        self,
        actor: Actor,
        repository: RepositoryName,
        upload: ManifestUpload,
        read: tuple[Digest, ParsedManifest],
    ) -> PushedManifest:
        digest, parsed = read
        names = _tags_of(upload)
        shown = await self._describe.manifest(repository, parsed)
        now = to_micros(self._clock.now())
        async with self._database.write() as work:
            project_id = await repositories.project_for_push(work, repository, actor)
            if project_id is None:
                raise ProjectMissing(repository)
            repo_id = await repositories.open_for_change(work, project_id, repository, now)
            place = _Place(actor, repository, project_id, repo_id, now)
            await self._store(work, place, digest, upload.body, parsed)
            await facts.keep(work, str(digest), shown)
            touched = [str(digest), *_children(parsed)]
            touched += await self._move_tags(work, place, names, digest)
            _announce_push(work, place, digest, parsed, names)
            if await repositories.mark_pushed(work, repo_id, now):
                work.announce(RepositoryCreated(actor=actor, resource=repository.text, project_id=project_id))
            else:
                await repositories.touch(work, repo_id, now)
            await _settle_in_lists(work, place, parsed, names, touched)
            await place.queue.write(work)
        return PushedManifest(digest, parsed.subject, names)

    async def _store(
        self, work: Work, place: "_Place", digest: Digest, body: bytes, parsed: ParsedManifest
    ) -> None:
        missing = await manifests.missing_references(work, place.repo_id, parsed)
        if missing and not self._settings.sparse_indexes:
            raise ManifestReferenceUnknown(place.repository, missing)
        children = _children(parsed)
        total = len(body) + sum(
            ref.size for ref in parsed.refs if ref.kind in (RefKind.CONFIG, RefKind.LAYER)
        )
        new = manifests.NewManifest(
            digest=digest,
            body=body,
            parsed=parsed,
            total_size=min(total + await manifests.children_size(work, place.repo_id, children), _SIZE_LIMIT),
            pushed_by=place.actor.name,
            pushed_at=place.now,
            missing=frozenset(missing),
            project_id=place.project_id,
            kind=kind_of(parsed),
        )
        await manifests.add_manifest(work, place.repo_id, new)
        held = [str(ref.digest) for ref in parsed.refs if ref.kind in (RefKind.CONFIG, RefKind.LAYER)]
        place.queue.keep_blobs(held)
        place.queue.keep_manifests(place.repo_id, [str(digest), *children])

    async def _move_tags(
        self, work: Work, place: "_Place", names: Sequence[str], digest: Digest
    ) -> Sequence[str]:
        """Move tags; returns what those named before that named something else."""
        moved = {}
        for name in sorted(names):  # in one order: no deadlock
            previous = await self._move_tag(work, place, name, digest)
            if previous is not None:
                moved[name] = previous
        await refuse_immutable(work, self._gates.tags, place.project_id, place.repository, list(moved))
        return list(moved.values())

    async def _move_tag(self, work: Work, place: "_Place", tag: str, digest: Digest) -> str | None:
        """Move one tag; returns what it named before, when that is something else."""
        previous = await tags.move_tag(work, place.repo_id, tag, digest, place.now)
        if previous == str(digest):
            return None
        await tags.remember(work, place.repo_id, tag, str(digest), place.actor.name, place.now)
        if previous is not None:
            review = place.now + timedelta(seconds=self._settings.grace_s) // timedelta(microseconds=1)
            place.queue.review_manifests(place.repo_id, [previous], review, "tag moved")
            work.announce(
                TagMoved(
                    actor=place.actor,
                    resource=f"{place.repository}:{tag}",
                    project_id=place.project_id,
                    repository=place.repository.text,
                    digest=str(digest),
                    tag=tag,
                    previous=previous,
                )
            )
        return previous


@dataclass(frozen=True, slots=True)
class _Place:
    """Where and by whom a push happens."""

    actor: Actor
    repository: RepositoryName
    project_id: int
    repo_id: int
    now: int
    queue: QueueChanges = field(default_factory=QueueChanges)


def _digest_of(upload: ManifestUpload) -> Digest:
    if isinstance(upload.reference, Tag):
        return Digest.of(upload.body)
    actual = Digest.of(upload.body, upload.reference.algorithm)
    if actual != upload.reference:
        raise DigestMismatch(upload.reference, actual)
    return actual


def _tags_of(upload: ManifestUpload) -> tuple[str, ...]:
    names = [tag.text for tag in upload.more_tags]
    if isinstance(upload.reference, Tag):
        names.insert(0, upload.reference.text)
    unique = tuple(dict.fromkeys(names))
    if len(unique) > TAGS_LIMIT:
        raise TooManyTags(TAGS_LIMIT)
    return unique


def _children(parsed: ParsedManifest) -> list[str]:
    return [str(ref.digest) for ref in parsed.refs if ref.kind is RefKind.MANIFEST]


async def _settle_in_lists(
    work: Work, place: _Place, parsed: ParsedManifest, names: Sequence[str], touched: Sequence[str]
) -> None:
    """Let lists show what came and what it brings to light, not what it hides; `touched` begins with it."""
    bond = accessory_of(parsed, names)
    if bond is not None:
        await facts.bind(work, place.repo_id, facts.Bond(touched[0], *bond), place.now)
    await facts.relist(work, place.repo_id, touched)
    await facts.relist_accessories(work, place.repo_id, touched[:1])


def _announce_push(
    work: Work, place: _Place, digest: Digest, parsed: ParsedManifest, names: Sequence[str]
) -> None:
    named = f":{names[0]}" if names else f"@{digest}"
    work.announce(
        ManifestPushed(
            actor=place.actor,
            resource=f"{place.repository}{named}",
            project_id=place.project_id,
            repository=place.repository.text,
            digest=str(digest),
            media_type=parsed.media_type,
            tags=tuple(names),
        )
    )
