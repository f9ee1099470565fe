"""One run's way to another registry: who it is, how fast it may go, what is known to be there already."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from havre.kernel.digest import Digest
from havre.kernel.errors import HavreError
from havre.replication.errors import AddressRefused, RemoteBusy, RemoteDenied, RemoteUnreachable
from havre.replication.patience import Tell
from havre.replication.ports import Pace, Remote

BLOBS_AT_ONCE: Final = 8
ITEMS_AT_ONCE: Final = 16
SMALL: Final = 4 << 20  # bytes; a transfer as short as that is begun anew, and leaves no row
Item = TypeVar("Item")
# What says that nothing else will go either, as opposed to what is wrong with one artifact.
HOPELESS: Final = (RemoteUnreachable, RemoteBusy, RemoteDenied, AddressRefused)


@dataclass(slots=True)
class Tally:
    """What copying took so far."""

    copied_bytes: int = 0
    copied_blobs: int = 0
    skipped_blobs: int = 0
    mounted_blobs: int = 0
    manifests: int = 0

    def __str__(self) -> str:
        return (
            f"{self.manifests} manifests and {self.copied_blobs} blobs of {self.copied_bytes} bytes copied, "
            f"{self.mounted_blobs} blobs mounted, {self.skipped_blobs} were there"
        )


@dataclass(slots=True)
class Link:
    """A way, and what passed over it."""

    endpoint_id: int
    remote: Remote
    tell: Tell
    pace: Pace | None = None
    chunk_bytes: int | None = None
    via: str = ""  # the id of the Havre at the other side
    tally: Tally = field(default_factory=Tally)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(BLOBS_AT_ONCE))
    holders: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _locks: defaultdict[tuple[str, str], asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )

    def alone_with(self, repository: str, digest: Digest) -> asyncio.Lock:
        """Let one at a time see to a digest in a repository."""
        return self._locks[repository, str(digest)]

    def is_known(self, repository: str, digest: Digest) -> bool:
        """Tell whether this run has seen or put a digest there."""
        return repository in self.holders.get(str(digest), ())

    def know(self, repository: str, digest: Digest) -> None:
        """Note that a digest is there."""
        self.holders[str(digest)].add(repository)

    def holder_beside(self, repository: str, digest: Digest) -> str | None:
        """Name another repository of the other side that has a digest."""
        return next(iter(self.holders.get(str(digest), ())), None)


async def each(
    items: Sequence[Item], do: Callable[[Item], Awaitable[None]], at_once: int = ITEMS_AT_ONCE
) -> list[tuple[Item, HavreError]]:
    """Do something with every item, some at a time; return what failed, and why.

    Raises: what is HOPELESS or no fact at all, at once; the others under way are stopped.
    """
    failed: list[tuple[Item, HavreError]] = []
    left = iter(items)

    async def worker() -> None:
        for item in left:
            try:
                await do(item)
            except HOPELESS:
                raise
            except HavreError as error:
                failed.append((item, error))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(items))):
                group.create_task(worker())
    except BaseExceptionGroup as found:
        raise _first(found) from None
    return failed


async def all_of(items: Sequence[Item], do: Callable[[Item], Awaitable[None]]) -> None:
    """Do something with every item, some at a time.

    Raises: what the first that failed raised; the others under way are stopped.
    """
    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(_done(do, item))
    except BaseExceptionGroup as found:
        raise _first(found) from None


async def _done(do: Callable[[Item], Awaitable[None]], item: Item) -> None:
    await do(item)


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
