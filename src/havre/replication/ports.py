"""Another registry, as copying sees it. Repositories are plain words: others have other rules for names."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from havre.kernel.digest import Digest
from havre.replication.endpoint_model import EndpointWords


@dataclass(frozen=True, slots=True)
class RemoteManifest:
    """A manifest of another registry; the bytes were compared with the digest."""

    digest: Digest
    media_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class RemoteDescriptor:
    """What a HEAD tells, or a list of referrers; the size may be unknown."""

    digest: Digest
    media_type: str
    size_bytes: int | None
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class BlobPart:
    """Bytes of a blob at another registry: `count` from `offset`, None for all that follow."""

    repository: str
    digest: Digest
    offset: int = 0
    count: int | None = None


class Remote(Protocol):
    """One account at one registry. Every method raises the errors of `errors.RemoteFailed`."""

    async def ping(self) -> str:
        """Prove that a registry answers and takes the account; the id of a Havre, empty for others."""

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

    async def read_blob(self, part: BlobPart, sink: Callable[[memoryview], None], pace: Pace | None) -> None:
        """Hand the bytes of a part to `sink` in a pool thread; nobody has proved them.

        A registry that gives no ranges hands on everything from the offset. Raises RemoteUnreachable when
        they break off: what the sink has taken counts, go on from there.
        """

    async def push_blob(self, push: BlobPush) -> PushOutcome:
        """Send a blob, or have it mounted."""

    def tags(self, repository: str) -> AsyncIterator[str]:
        """Yield all tags of a repository, page by page."""

    def repositories(self, prefix: str) -> AsyncIterator[str]:
        """Yield the repositories that begin with `prefix`, where the registry tells them to the account."""


@runtime_checkable
class Referring(Protocol):
    """A registry that lists what refers to a manifest."""

    async def referrers(self, repository: str, digest: Digest) -> list[RemoteDescriptor]:
        """List the descriptors of the manifests whose subject it is; empty when there are none."""


@runtime_checkable
class Preparing(Protocol):
    """A registry where a place must be made before something is sent there: a project, a repository."""

    async def prepare(self, repository: str) -> None:
        """Make it unless it is there."""


@runtime_checkable
class Labelled(Protocol):
    """A registry that knows labels of artifacts."""

    async def labels(self, repository: str) -> Mapping[str, frozenset[str]]:
        """Read the names of the labels of every artifact that has some, by digest."""


class Remotes(Protocol):
    """Opens the registries that are configured, as the accounts that were given for them."""

    async def remote(self, endpoint_id: int) -> Remote:
        """Return a registry's client, made anew when its row changed.

        Raises: EndpointUnknown, RemoteUnreachable for a CA certificate that cannot be read.
        """


class Openers(Protocol):
    """Makes clients for other registries, each kind in its own way."""

    def open(self, words: EndpointWords) -> Remote:
        """Make one; nothing is asked yet.

        Raises: RemoteUnreachable for a CA certificate that cannot be read, RemoteWrong for what is no URL.
        """

    def close(self, remote: Remote) -> None:
        """Let its idle connections go."""


class Claims(Protocol):
    """Settles which of the processes that serve one data directory does a thing."""

    def take(self, name: str) -> bool:
        """Claim a thing without waiting; False while another process has it. Raises: Unavailable."""

    def drop(self, name: str) -> None:
        """Let go of what was claimed."""


class OpenFile(Protocol):
    """Opens a local file as the source of what is sent."""

    def __call__(self, path: str, size_bytes: int) -> Source:
        """Make a source; the file is opened for each reading."""
