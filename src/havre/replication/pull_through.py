"""Pull, where a project stands in front of another registry: bring it here first, then serve it as ours.

Each class has the interface of the use case that it goes before, and leaves every other project to it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName
from havre.kernel.pages import Page
from havre.registry import Pull, Referrers, StatBlob, Tags
from havre.registry.errors import BlobUnknown, RepositoryUnknown
from havre.registry.model import BlobContent, ManifestContent, Referrer
from havre.replication.errors import UpstreamBusy, UpstreamFailed
from havre.replication.flights import Flight
from havre.replication.proxies import Proxies
from havre.replication.upstream import Upstream

_FLYING = "flying/"  # before the name of a blob on its way, where its storage key will be
_TAGS = 10_000  # as Tags has it


class PullThrough:
    """Goes before Pull."""

    def __init__(self, pull: Pull, access: Access, proxies: Proxies, upstream: Upstream) -> None:
        self._pull = pull
        self._access = access
        self._proxies = proxies
        self._upstream = upstream

    async def stat_manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Find a manifest; as Pull, and UpstreamFailed, UpstreamBusy, UpstreamExcluded."""
        await self._bring(actor, repository, reference)
        return await self._pull.stat_manifest(actor, repository, reference)

    async def manifest(
        self, actor: Actor, repository: RepositoryName, reference: Reference
    ) -> ManifestContent:
        """Get a manifest; as Pull, and UpstreamFailed, UpstreamBusy, UpstreamExcluded."""
        await self._bring(actor, repository, reference)
        return await self._pull.manifest(actor, repository, reference)

    async def _bring(self, actor: Actor, repository: RepositoryName, reference: Reference) -> None:
        proxy = await self._proxies.of(repository)
        if proxy is not None and repository.path:
            await self._access.require_repository(actor, repository, "pull")
            await self._upstream.bring_manifest(proxy, repository, reference)

    async def blob(self, actor: Actor, repository: RepositoryName, digest: Digest) -> BlobContent:
        """Find a blob, or one that just sets out to come here; as Pull, and as `manifest`."""
        proxy = await self._proxies.of(repository)
        if proxy is None:
            return await self._pull.blob(actor, repository, digest)
        try:
            return await self._pull.blob(actor, repository, digest)
        except BlobUnknown:
            flight = await self._upstream.bring_blob(proxy, repository, digest)
        if flight is None:  # it is not there, or was beside
            return await self._pull.blob(actor, repository, digest)
        return _Flying(digest, f"{_FLYING}{digest}", flight.size, flight)

    def path_of(self, blob: BlobContent) -> str | None:
        """Tell the local file of a blob; None for one on its way."""
        return None if isinstance(blob, _Flying) else self._pull.path_of(blob)

    def read(self, blob: BlobContent, offset: int, count: int) -> AsyncIterator[bytes]:
        """Read a part of a blob that was found, as it comes."""
        if isinstance(blob, _Flying):
            return blob.flight.read(offset, count)
        return self._pull.read(blob, offset, count)


@dataclass(frozen=True, slots=True)
class _Flying(BlobContent):
    """A blob on its way here."""

    flight: Flight


class StatThrough:
    """Goes before StatBlob."""

    def __init__(self, stat: StatBlob, proxies: Proxies, upstream: Upstream) -> None:
        self._stat = stat
        self._proxies = proxies
        self._upstream = upstream

    async def blob(self, actor: Actor, repository: RepositoryName, digest: Digest) -> BlobContent:
        """Find a blob, here or there; as StatBlob, and UpstreamFailed, UpstreamBusy, UpstreamExcluded."""
        proxy = await self._proxies.of(repository)
        if proxy is None:
            return await self._stat.blob(actor, repository, digest)
        try:
            return await self._stat.blob(actor, repository, digest)
        except BlobUnknown:
            size = await self._upstream.find_blob(proxy, repository, digest)
            if size is None:
                raise
            return BlobContent(digest, f"{_FLYING}{digest}", size)


class TagsThrough:
    """Goes before Tags: what is here and what is there are one list."""

    def __init__(self, tags: Tags, access: Access, proxies: Proxies, upstream: Upstream) -> None:
        self._tags = tags
        self._access = access
        self._proxies = proxies
        self._upstream = upstream

    async def page(self, actor: Actor, repository: RepositoryName, after: str, size: int | None) -> Page[str]:
        """List at most `size` tags after `after`; as Tags. A registry that cannot be asked adds none."""
        proxy = await self._proxies.of(repository)
        if proxy is None:
            return await self._tags.page(actor, repository, after, size)
        await self._access.require_repository(actor, repository, "pull")
        try:
            there = await self._upstream.tags(proxy, repository)
        except (UpstreamFailed, UpstreamBusy):
            there = frozenset()
        limit = _TAGS if size is None else min(size, _TAGS)
        try:
            ours = await self._tags.page(actor, repository, after, size)
        except RepositoryUnknown:
            if not there:
                raise
            ours = Page[str]([])
        names = sorted({*ours.items, *(tag for tag in there if tag > after)})
        is_more = len(names) > limit or ours.next_after is not None
        return Page(names[:limit], names[limit - 1] if is_more and limit and names[:limit] else None)


class ReferrersThrough:
    """Goes before Referrers, where the project passes them through."""

    def __init__(self, referrers: Referrers, proxies: Proxies, upstream: Upstream) -> None:
        self._referrers = referrers
        self._proxies = proxies
        self._upstream = upstream

    async def page(
        self,
        actor: Actor,
        repository: RepositoryName,
        subject: Digest,
        artifact_type: str | None,
        before_id: int | None,
    ) -> Page[Referrer]:
        """List referrers of `subject`; as Referrers, on the first page with those that are only there."""
        page = await self._referrers.page(actor, repository, subject, artifact_type, before_id)
        proxy = await self._proxies.of(repository)
        if proxy is None or not proxy.passes_referrers or before_id is not None:
            return page
        known = {one.digest for one in page.items}
        try:
            found = await self._upstream.referrers(proxy, repository, subject)
        except (UpstreamFailed, UpstreamBusy):
            return page
        more = [
            Referrer(
                one.media_type,
                str(one.digest),
                one.size_bytes or 0,
                one.artifact_type or None,
                one.annotations,
            )
            for one in found
            if str(one.digest) not in known and artifact_type in (None, one.artifact_type)
        ]
        return Page([*page.items, *more], page.next_after)
