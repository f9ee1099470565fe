"""Another registry, as copying sees it. Repositories are plain words: others have other rules for names."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from havre.kernel.digest import Digest


@dataclass(frozen=True, slots=True)
class RemoteManifest:
    """A manifest of another registry; the bytes were compared with the digest."""

    digest: Digest
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class RemoteDescriptor:
    """What a HEAD tells; the size may be unknown."""

    digest: Digest
    media_type: str
    size_bytes: int | None


class Source(Protocol):
    """The bytes of a blob of ours, for sending; read in a pool thread."""

    @property
    def size_bytes(self) -> int:
        """How many they are."""

    def pieces(self, offset: int, count: int) -> Iterator[memoryview]:
        """Yield `count` bytes from `offset` in pieces of about 256 KiB; a piece is good until the next."""


class Pace(Protocol):
    """Keeps a transfer to its bandwidth; called in pool threads, shared by all that share the limit."""

    def take(self, count: int) -> float:
        """Account for `count` bytes; return for how many seconds to wait before going on."""


@dataclass(frozen=True, slots=True)
class BlobPush:
    """A blob to be sent.

    `location` is where an earlier try had come to, `on_location` is told (in the pool thread) where this one
    goes, so that a next one can go on. `chunk_bytes` cuts the body into requests; None sends one.
    """

    repository: str
    digest: Digest
    source: Source
    mount_from: str | None = None
    location: str | None = None
    chunk_bytes: int | None = None
    pace: Pace | None = None
    on_location: Callable[[str], None] | None = None


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """What sending a blob took: nothing when the other side had it under another name."""

    is_mounted: bool
    sent_bytes: int


class Remote(Protocol):
    """One account at one registry. Every method raises the errors of `errors.RemoteFailed`."""

    async def ping(self) -> None:
        """Prove that a registry answers and takes the account."""

    async def manifest(self, repository: str, reference: str) -> RemoteManifest:
        """Get a manifest whole, its digest proved."""

    async def stat_manifest(self, repository: str, reference: str) -> RemoteDescriptor | None:
        """Ask for a manifest's digest (HEAD); None when it is not there."""

    async def put_manifest(self, repository: str, reference: str, manifest: RemoteManifest) -> None:
        """Store a manifest under a tag or its digest; what the other side made of it is compared."""

    async def delete_manifest(self, repository: str, reference: str) -> bool:
        """Delete a manifest or a tag; False when it was not there."""

    async def stat_blob(self, repository: str, digest: Digest) -> int | None:
        """Tell a blob's size (HEAD); None when it is not there."""

    async def read_blob(
        self,
        repository: str,
        digest: Digest,
        offset: int,
        sink: Callable[[memoryview], None],
        pace: Pace | None,
    ) -> None:
        """Hand the bytes from `offset` to `sink` in a pool thread; nobody has proved them.

        Raises RemoteUnreachable when they break off: what the sink has taken counts, go on from there.
        """

    async def push_blob(self, push: BlobPush) -> PushOutcome:
        """Send a blob, or have it mounted."""

    def tags(self, repository: str) -> AsyncIterator[str]:
        """Yield all tags of a repository, page by page."""

    def repositories(self, prefix: str) -> AsyncIterator[str]:
        """Yield the repositories that begin with `prefix`, where the registry tells them to the account."""


class Referring(Protocol):
    """A registry that lists what refers to a manifest."""

    async def referrers(self, repository: str, digest: Digest) -> list[RemoteDescriptor]:
        """List the descriptors of the manifests whose subject it is; empty when there are none."""


class Remotes(Protocol):
    """Opens the registries that are configured, as the accounts that were given for them."""

    async def remote(self, endpoint_id: int) -> Remote:
        """Return a registry's client, made anew when its row changed.

        Raises: EndpointMissing, AddressRefused.
        """


@dataclass(frozen=True, slots=True)
class CopyOrder:
    """One artifact to be copied, with all that belongs to it: children, blobs, accessories when wanted.

    `tags` are set at the target after the manifest is whole there; without tags it is stored by digest. A tag
    that names another manifest at the target is moved when `overrides`, else it is left and the copy says so.
    """

    source_repository: str
    target_repository: str
    digest: Digest
    tags: tuple[str, ...] = ()
    overrides: bool = True
    with_accessories: bool = True
    chunk_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class CopyOutcome:
    """What a copy took. `refused_tags` were left because they name something else there."""

    copied_bytes: int = 0
    copied_blobs: int = 0
    skipped_blobs: int = 0
    mounted_blobs: int = 0
    manifests: int = 0
    refused_tags: tuple[str, ...] = ()


class Copier(Protocol):
    """Copies artifacts between our registry and another. A broken copy, ordered again, goes on where it was.

    Both verbs raise the errors of `errors.RemoteFailed` and those of the registry slice's pushes (quota,
    immutable tags); they retry by themselves what patience may mend. `tell` gets lines for the task's log.
    """

    async def push(
        self, order: CopyOrder, remote: Remote, pace: Pace | None, tell: Callable[[str], None]
    ) -> CopyOutcome:
        """Copy from here to there."""

    async def pull(
        self, order: CopyOrder, remote: Remote, pace: Pace | None, tell: Callable[[str], None]
    ) -> CopyOutcome:
        """Copy from there to here."""
