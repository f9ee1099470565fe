"""Copy an artifact from here to another registry: children, blobs, the manifest, its tags, what signs it.

    blobs -> manifests by digest -> the tag

A crash anywhere leaves at the other side what its own collector takes, and a row of `transfer` for a large
blob, from which the next try goes on. A tag moves there only once everything under it is there.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName, Tag
from havre.registry import ParsedManifest, RefKind, parse_manifest
from havre.registry.errors import BlobUnknown, ManifestUnknown
from havre.registry.model import CensusAccessory
from havre.replication.here import Here
from havre.replication.link import SMALL, Link, all_of
from havre.replication.patience import patiently
from havre.replication.ports import BlobPush, RemoteManifest, Source
from havre.replication.transfers import Direction, Transfer, Transfers

_DEPTH: Final = 8  # indexes in indexes, signatures of signatures; real ones have two levels
Accessories = Callable[[str], Awaitable[Sequence[CensusAccessory]]]


@dataclass(frozen=True, slots=True)
class OutPair:
    """From which of our repositories to which of theirs; `accessories` lists what belongs to a digest."""

    source: RepositoryName
    target: str
    accessories: Accessories


class CopyOut:
    """Sends artifacts; what is there already is not sent again."""

    def __init__(self, here: Here, transfers: Transfers) -> None:
        self._here = here
        self._transfers = transfers

    async def artifact(self, link: Link, pair: OutPair, digest: Digest, tags: Sequence[str]) -> None:
        """Send an artifact with all below it and let the tags name it there; without tags by its digest.

        Raises: the errors of RemoteFailed, ManifestUnknown when it went meanwhile.
        """
        await self._tree(link, pair, digest, tags, _DEPTH)

    async def accessories(self, link: Link, pair: OutPair, digest: Digest) -> list[Digest]:
        """Send what signs or describes an artifact or a child of it, and tell what that is.

        Raises: the errors of RemoteFailed.
        """
        return await self._accessories(link, pair, digest, _DEPTH)

    async def _accessories(self, link: Link, pair: OutPair, subject: Digest, depth: int) -> list[Digest]:
        found: list[Digest] = []
        if not depth:
            return found
        for one in await pair.accessories(str(subject)):
            digest = Digest.parse(one.digest)
            if not await self._is_there(link, pair, digest):
                await self._tree(link, pair, digest, (), depth - 1)
            for tag in one.tags:
                await self._tag(link, pair, digest, tag)
            found += [digest, *await self._accessories(link, pair, digest, depth - 1)]
        for child in await self._children(pair, subject):
            found += await self._accessories(link, pair, child, depth - 1)
        return found

    async def _children(self, pair: OutPair, digest: Digest) -> Sequence[Digest]:
        stored = await self._here.manifest(pair.source, digest)
        if stored is None:
            return ()
        parsed = parse_manifest(stored.body, stored.media_type)
        return [ref.digest for ref in parsed.refs if ref.kind is RefKind.MANIFEST]

    async def _tag(self, link: Link, pair: OutPair, digest: Digest, tag: str) -> None:
        there = await patiently(lambda: link.remote.stat_manifest(pair.target, tag), link.tell)
        if there is None or there.digest != digest:
            await self._put(link, pair, tag, await self._read(pair, digest))

    async def _is_there(self, link: Link, pair: OutPair, digest: Digest) -> bool:
        if link.is_known(pair.target, digest):
            return True
        found = await patiently(lambda: link.remote.stat_manifest(pair.target, str(digest)), link.tell)
        if found is not None:
            link.know(pair.target, digest)
        return found is not None

    async def _tree(self, link: Link, pair: OutPair, digest: Digest, tags: Sequence[str], depth: int) -> None:
        manifest = await self._read(pair, digest)
        parsed = parse_manifest(manifest.body, manifest.media_type)
        if depth:
            await self._below(link, pair, parsed, depth)
        for reference in tags or (str(digest),):
            await self._put(link, pair, reference, manifest)
        link.know(pair.target, digest)

    async def _below(self, link: Link, pair: OutPair, parsed: ParsedManifest, depth: int) -> None:
        async def blob(digest: Digest) -> None:
            await self._blob(link, pair, digest)

        children = [ref.digest for ref in parsed.refs if ref.kind is RefKind.MANIFEST]
        for child in dict.fromkeys(children):
            async with link.alone_with(pair.target, child):
                if not await self._is_there(link, pair, child):
                    await self._child(link, pair, child, depth - 1)
        blobs = [ref.digest for ref in parsed.refs if ref.kind in (RefKind.CONFIG, RefKind.LAYER)]
        await all_of(list(dict.fromkeys(blobs)), blob)

    async def _child(self, link: Link, pair: OutPair, child: Digest, depth: int) -> None:
        if await self._here.manifest(pair.source, child) is not None:
            await self._tree(link, pair, child, (), depth)
        elif await self._here.has_blob(pair.source, child):  # BuildKit's cache lists layers in an index
            await self._blob(link, pair, child)
        else:
            link.tell(f"{pair.source}@{child} is not here: the index goes without it")

    async def _blob(self, link: Link, pair: OutPair, digest: Digest) -> None:
        async with link.alone_with(pair.target, digest):
            if link.is_known(pair.target, digest):
                link.tally.skipped_blobs += 1
                return
            async with link.slots:
                await self._send(link, pair, digest)
            link.know(pair.target, digest)

    async def _send(self, link: Link, pair: OutPair, digest: Digest) -> None:
        there = await patiently(lambda: link.remote.stat_blob(pair.target, digest), link.tell)
        if there is not None:
            link.tally.skipped_blobs += 1
            return
        try:
            source = await self._here.source(pair.source, digest)
        except BlobUnknown:
            link.tell(f"blob {digest} of {pair.source} is not here: the other side may have it elsewhere")
            return
        one = Transfer(link.endpoint_id, Direction.OUT, pair.target, digest)
        await patiently(lambda: self._push(link, one, source), link.tell)

    async def _push(self, link: Link, one: Transfer, source: Source) -> None:
        is_large = source.size_bytes > SMALL
        outcome = await link.remote.push_blob(
            BlobPush(
                repository=one.repository,
                digest=one.digest,
                source=source,
                mount_from=link.holder_beside(one.repository, one.digest),
                location=await self._transfers.place(one) if is_large else None,
                chunk_bytes=link.chunk_bytes,
                pace=link.pace,
                on_location=self._transfers.keeper(one) if is_large else None,
            )
        )
        if is_large:
            await self._transfers.end(one)
        link.tally.copied_bytes += outcome.sent_bytes
        link.tally.mounted_blobs += outcome.is_mounted
        link.tally.copied_blobs += not outcome.is_mounted

    async def _put(self, link: Link, pair: OutPair, reference: str, manifest: RemoteManifest) -> None:
        await patiently(lambda: link.remote.put_manifest(pair.target, reference, manifest), link.tell)
        link.tally.manifests += 1

    async def _read(self, pair: OutPair, digest: Digest) -> RemoteManifest:
        stored = await self._here.manifest(pair.source, digest)
        if stored is None:
            raise ManifestUnknown(pair.source, digest)
        return RemoteManifest(digest, stored.media_type, stored.body)


async def tag_there(link: Link, target: str, tag: str) -> Digest | None:
    """Ask what a tag names at the other side. Raises: the errors of RemoteFailed."""
    found = await patiently(lambda: link.remote.stat_manifest(target, tag), link.tell)
    return None if found is None else found.digest


def reference_of(text: str) -> Tag | Digest:
    """Read a reference as replicas name it: a tag, or @digest. Raises: HavreError."""
    return Digest.parse(text[1:]) if text.startswith("@") else Tag.parse(text)
