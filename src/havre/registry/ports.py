"""What the registry needs: a place for bytes, what scans found, and which tags stay as they are.

Keys are made by the registry and never reused:

    uploads/<ulid>               a spool: bytes of an upload that is going on
    blobs/<2 hex>/<hex>.<ulid>   the bytes of one blob; the file names its digest
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from havre.kernel.digest import Hasher
from havre.kernel.errors import Conflict, NotFound
from havre.kernel.names import RepositoryName
from havre.kernel.work import Reader, Work


class SpoolBusy(Conflict):
    """Another request, here or in another process, holds the spool."""


class SpoolLost(NotFound):
    """The spool holds fewer bytes than were acknowledged: the upload cannot go on."""


class Spool(Protocol):
    """An upload's bytes being appended; exclusive from open_spool until close."""

    @property
    def offset(self) -> int:
        """How many bytes count: where resume_at stood, and every whole write since."""

    async def resume_at(self, offset: int) -> None:
        """Go on behind the first `offset` bytes and cut off what lies beyond; call it before writing.

        Raises: SpoolLost when fewer bytes are there, Unavailable.
        """

    def write(self, data: memoryview) -> None:
        """Append; blocking, for a pool thread. After an error nothing of `data` counts.

        Raises: StorageFull, Unavailable.
        """

    async def sync(self) -> None:
        """Make the bytes so far survive a power cut.

        Raises: StorageFull, Unavailable.
        """

    async def close(self) -> None:
        """Let others have the spool; flushes nothing. Safe after commit, safe twice."""


class BlobStore(Protocol):
    """Keeps bytes under keys. Raises StorageFull when there is no room, Unavailable when it fails."""

    async def open_spool(self, key: str) -> Spool:
        """Open a spool for one writer, new or as it was left.

        Raises: SpoolBusy.
        """

    async def commit(self, spool_key: str, key: str) -> None:
        """Let `key` hold the spool's bytes, durably: the bytes first, then the name.

        The spool stays, locked as it was, until its own key is deleted; call this while holding it.
        """

    async def hash_spool(self, key: str, hasher: Hasher, size: int) -> None:
        """Feed the first `size` bytes of a spool to the hasher, off the event loop.

        Raises: SpoolLost when fewer are there.
        """

    def path_of(self, key: str) -> str | None:
        """Tell the local path for sendfile; None for a store that has no files."""

    def read(self, key: str, offset: int, count: int) -> AsyncIterator[bytes]:
        """Yield `count` bytes from `offset` in pieces of about 1 MiB.

        Raises: Unavailable when they are not there.
        """

    async def size_of(self, key: str) -> int | None:
        """Tell how many bytes a key holds; None when it holds nothing."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Delete for good; a key that is not there is a success."""

    def keys(self) -> AsyncIterator[tuple[str, int]]:
        """Yield every key with its size, in no order, for `havre check`."""


class ScanOverviews(Protocol):
    """Tells what scans found, for lists. The scanning slice implements it over its own reports."""

    async def of(
        self, reader: Reader, digests: Sequence[str], mimes: Sequence[str]
    ) -> Mapping[str, Mapping[str, str]]:
        """Read overviews in one query: digest -> MIME type of the report -> JSON, of those that exist."""


class TagRules(Protocol):
    """The rules of one project about tags that stay as they are."""

    def are_about(self, repository: RepositoryName) -> bool:
        """Say whether any is about the repository."""

    def holding(self, repository: RepositoryName, tag: str) -> str | None:
        """Name the rule that keeps the tag as it is, for people; None when none does."""


class TagGate(Protocol):
    """Asked before a tag moves or goes. The retention slice implements it over the rules of projects."""

    async def read(self, reader: Reader, project_id: int) -> TagRules:
        """Read the rules in force, for lists: one query."""

    async def hold(self, work: Work, project_id: int) -> TagRules:
        """Read the rules in force, and let none come before the transaction ends."""
