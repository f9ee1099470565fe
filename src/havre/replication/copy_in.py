"""Copy an artifact from another registry to here: children, blobs, the manifest, its tags, what signs it.

    blobs, their digests proved -> manifests, their digests proved -> the tag

A crash anywhere leaves what our collector takes, an upload, and for a large blob a row of `transfer` that
names it, so that the next try goes on with the upload. What the other side says is never believed: each blob
and manifest is hashed here before it counts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from havre.kernel.actor import Origin
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName, Tag
from havre.registry import Chunk, ManifestUpload, ParsedManifest, RefKind, parse_manifest
from havre.registry.errors import DigestMismatch, UploadUnknown
from havre.registry.model import Upload
from havre.replication.errors import RemoteMissing, RemoteUnreachable, RemoteWrong
from havre.replication.here import ACTOR, Here
from havre.replication.link import SMALL, Link, all_of
from havre.replication.patience import patiently
from havre.replication.portions import Portions
from havre.replication.ports import BlobPart, Referring, RemoteManifest
from havre.replication.transfers import Direction, Transfer, Transfers

_DEPTH: Final = 8
_PORTION: Final = 64 << 20  # bytes after which what came is put down, so that a crash loses no more
_WORTH_ASKING: Final = 1 << 20  # bytes; fetching less is as quick as asking whether one must
_TAGGED: Final = ("sig", "att", "sbom")  # cosign's older way


class Watch(Protocol):
    """Sees a blob come; called in pool threads but for `begins`."""

    def begins(self, key: str, offset: int) -> None:
        """Bytes will be appended under a storage key, which has so many of them; also after a break."""

    def grows(self, offset: int) -> None:
        """So many bytes are there now."""


class _Nobody:
    def begins(self, key: str, offset: int) -> None:
        pass

    def grows(self, offset: int) -> None:
        pass


_NOBODY: Final = _Nobody()


@dataclass(frozen=True, slots=True)
class InPair:
    """From which of their repositories to which of ours; `tags` are all that they have there."""

    source: str
    target: RepositoryName
    tags: frozenset[str] = frozenset()


class CopyIn:
    """Fetches artifacts; what is here already is mounted or left."""

    def __init__(self, here: Here, transfers: Transfers) -> None:
        self._here = here
        self._transfers = transfers

    async def artifact(self, link: Link, pair: InPair, digest: Digest, tags: Sequence[str]) -> None:
        """Fetch an artifact with all below it and let the tags name it; without tags by its digest.

        Raises: the errors of RemoteFailed, and the refusals of a push (quota, immutable tag).
        """
        await self._tree(link, pair, str(digest), tags, _DEPTH)

    async def accessories(self, link: Link, pair: InPair, digest: Digest) -> list[Digest]:
        """Fetch what signs or describes an artifact or a child of it, and tell what that is.

        Raises: as `artifact`.
        """
        return await self._accessories(link, pair, digest, _DEPTH)

    async def _accessories(self, link: Link, pair: InPair, subject: Digest, depth: int) -> list[Digest]:
        if not depth:
            return []
        found: list[Digest] = []
        if isinstance(link.remote, Referring):
            referring = link.remote
            for one in await patiently(lambda: referring.referrers(pair.source, subject), link.tell):
                if await self._here.manifest(pair.target, one.digest) is None:
                    await self._tree(link, pair, str(one.digest), (), depth - 1)
                found += [one.digest, *await self._accessories(link, pair, one.digest, depth - 1)]
        for kind in _TAGGED:
            tag = f"{subject.algorithm}-{subject.hex}.{kind}"
            if tag in pair.tags:
                found.append(await self._tree(link, pair, tag, (tag,), depth - 1))
        for child in await self._children(pair, subject):
            found += await self._accessories(link, pair, child, depth - 1)
        return found

    async def _children(self, pair: InPair, digest: Digest) -> Sequence[Digest]:
        stored = await self._here.manifest(pair.target, digest)
        if stored is None:
            return ()
        parsed = parse_manifest(stored.body, stored.media_type)
        return [ref.digest for ref in parsed.refs if ref.kind is RefKind.MANIFEST]

    async def _tree(
        self, link: Link, pair: InPair, reference: str, tags: Sequence[str], depth: int
    ) -> Digest:
        manifest = await patiently(lambda: link.remote.manifest(pair.source, reference), link.tell)
        parsed = parse_manifest(manifest.body, manifest.media_type)
        if depth:
            await self._below(link, pair, parsed, depth)
        await self._store(link, pair, manifest, tags)
        link.tally.manifests += 1
        return manifest.digest

    async def _store(self, link: Link, pair: InPair, manifest: RemoteManifest, tags: Sequence[str]) -> None:
        upload = ManifestUpload(
            manifest.body,
            manifest.media_type,
            manifest.digest,
            tuple(Tag.parse(tag) for tag in tags),
        )
        await self._here.push.manifest(replace(ACTOR, origin=Origin(via=link.via)), pair.target, upload)

    async def _below(self, link: Link, pair: InPair, parsed: ParsedManifest, depth: int) -> None:
        async def blob(found: tuple[Digest, int]) -> None:
            await self._blob(link, pair, found[0], found[1])

        for ref in parsed.refs:
            if ref.kind is RefKind.MANIFEST:
                async with link.alone_with(pair.target.text, ref.digest):
                    if await self._here.manifest(pair.target, ref.digest) is None:
                        await self._child(link, pair, (ref.digest, ref.size), depth - 1)
        blobs = {ref.digest: ref.size for ref in parsed.refs if ref.kind in (RefKind.CONFIG, RefKind.LAYER)}
        await all_of(list(blobs.items()), blob)

    async def _child(self, link: Link, pair: InPair, child: tuple[Digest, int], depth: int) -> None:
        try:
            await self._tree(link, pair, str(child[0]), (), depth)
        except RemoteMissing:  # BuildKit's cache lists layers in an index
            if await patiently(lambda: link.remote.stat_blob(pair.source, child[0]), link.tell) is None:
                link.tell(f"{pair.source}@{child[0]} is not there: the index comes without it")
                return
            await self._blob(link, pair, *child)

    async def _blob(self, link: Link, pair: InPair, digest: Digest, size: int) -> None:
        async with link.alone_with(pair.target.text, digest):
            if await self._here.has_blob(pair.target, digest):
                link.tally.skipped_blobs += 1
            elif not await self._mounted(link, pair, digest, size):
                await self.blob(link, pair, digest, size)

    async def _mounted(self, link: Link, pair: InPair, digest: Digest, size: int) -> bool:
        """Take a blob from another repository of ours, but only one that the other side has to give.

        Else a manifest there that names what is private here would bring it to whoever may read the copy.
        """
        if size < _WORTH_ASKING:
            return False
        there = await patiently(lambda: link.remote.stat_blob(pair.source, digest), link.tell)
        if there is None or not await self._here.mount.blob(ACTOR, pair.target, digest, None):
            return False
        link.tally.mounted_blobs += 1
        return True

    async def blob(self, link: Link, pair: InPair, digest: Digest, size: int, watch: Watch = _NOBODY) -> None:
        """Fetch one blob that is not here; `watch` sees it grow.

        Raises: the errors of RemoteFailed, and the refusals of a push.
        """
        one = Transfer(link.endpoint_id, Direction.IN, pair.target.text, digest)
        async with link.slots:
            await patiently(lambda: self._fetch(link, pair, one, (size, watch)), link.tell)
        link.tally.copied_blobs += 1

    async def _fetch(self, link: Link, pair: InPair, one: Transfer, wanted: tuple[int, Watch]) -> None:
        size, watch = wanted
        upload = await self._upload(pair, one, size)
        watch.begins(upload.key, upload.offset)
        rest = BlobPart(pair.source, one.digest, upload.offset)
        portions = Portions(lambda sink: link.remote.read_blob(rest, sink, link.pace))
        try:
            while upload.offset < size:
                before = upload.offset
                drain = _Drain(portions, min(_PORTION, size - before), before, watch)
                upload = await self._here.uploads.append_to(ACTOR, upload, Chunk(drain))
                link.tally.copied_bytes += upload.offset - before
                if upload.offset == before:
                    raise RemoteUnreachable(
                        f"{pair.source} gives no bytes of {one.digest} from byte {before}"
                    )
            await portions.finish()
        finally:
            await portions.close()
        try:
            await self._here.finish.upload(ACTOR, pair.target, upload.upload_id, one.digest, None)
        except DigestMismatch as error:
            raise RemoteWrong(f"{pair.source} gives other bytes than {one.digest}: not taken") from error
        finally:
            if size > SMALL:
                await self._transfers.end(one)

    async def under_way(self, endpoint_id: int, target: RepositoryName, digest: Digest) -> str | None:
        """Tell under which storage key a large blob comes that is being fetched; None when none is."""
        known = await self._transfers.place(Transfer(endpoint_id, Direction.IN, target.text, digest))
        try:
            return None if known is None else (await self._here.uploads.find(ACTOR, target, known)).key
        except UploadUnknown:
            return None

    async def _upload(self, pair: InPair, one: Transfer, size: int) -> Upload:
        """Find the upload of an earlier try, or open one."""
        algorithm = one.digest.algorithm
        if size <= SMALL:
            return await self._here.uploads.start(ACTOR, pair.target, algorithm)
        known = await self._transfers.place(one)
        if known is not None:
            try:
                return await self._here.uploads.find(ACTOR, pair.target, known)
            except UploadUnknown:
                pass  # it expired, or has become the blob of somebody who deleted it since
        upload = await self._here.uploads.start(ACTOR, pair.target, algorithm)
        await self._transfers.keep(one, upload.upload_id)
        return upload


@dataclass(frozen=True, slots=True)
class _Drain:
    """Takes the next portion of a blob from the other side."""

    portions: Portions
    count: int
    offset: int
    watch: Watch

    async def __call__(self, write: Callable[[memoryview], None]) -> int:
        total = 0

        def take(piece: memoryview) -> None:
            nonlocal total
            write(piece)
            total += len(piece)
            self.watch.grows(self.offset + total)

        return await self.portions.take(take, self.count)
