"""Blobs in memory, for tests: gone with the process, and without paths."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from havre.adapters.blobs.keys import check_key
from havre.kernel.digest import Hasher
from havre.kernel.errors import Unavailable
from havre.registry.ports import SpoolBusy, SpoolLost

_PIECE: Final = 1024 * 1024


class MemorySpool:
    """A spool over a bytearray."""

    def __init__(self, store: "MemoryBlobStore", key: str) -> None:
        self._store = store
        self._key = key
        self.offset = 0

    async def resume_at(self, offset: int) -> None:
        """Stand behind the first `offset` bytes; see the port."""
        held = self._store.held.setdefault(self._key, bytearray())
        if len(held) < offset:
            raise SpoolLost(f"{self._key}: {len(held)} bytes are there, {offset} were acknowledged")
        del held[offset:]
        self.offset = offset

    def write(self, data: memoryview) -> None:
        """Append."""
        self._store.held.setdefault(self._key, bytearray()).extend(data)
        self.offset += data.nbytes

    async def sync(self) -> None:
        """Do nothing: memory outlives no power cut."""

    async def close(self) -> None:
        """Let others have the spool; one that holds nothing goes."""
        self._store.busy.discard(self._key)
        if not self._store.held.get(self._key, b"-"):
            del self._store.held[self._key]


class MemoryBlobStore:
    """Implements BlobStore over a dictionary; one event loop only."""

    def __init__(self) -> None:
        self.held: dict[str, bytearray] = {}
        self.busy: set[str] = set()

    async def open_spool(self, key: str) -> MemorySpool:
        """Take a spool; see the port."""
        if check_key(key) in self.busy:
            raise SpoolBusy(f"{key} is being written by another request")
        self.busy.add(key)
        self.held.setdefault(key, bytearray())
        return MemorySpool(self, key)

    async def commit(self, spool_key: str, key: str) -> None:
        """Give the bytes their name; see the port."""
        if check_key(spool_key) not in self.held:
            raise Unavailable(f"could not commit the bytes of {key}: {spool_key} is gone")
        self.held[check_key(key)] = bytearray(self.held[spool_key])

    async def hash_spool(self, key: str, hasher: Hasher, size: int) -> None:
        """Hash; see the port."""
        held = self.held.get(check_key(key), b"")
        if len(held) < size:
            raise SpoolLost(f"{key} ends at byte {len(held)}, {size} were acknowledged")
        hasher.update(bytes(held[:size]))

    def path_of(self, key: str) -> str | None:
        """Tell that there is no file."""
        check_key(key)
        return None

    async def read(self, key: str, offset: int, count: int) -> AsyncIterator[bytes]:
        """Yield pieces; see the port."""
        held = self.held.get(check_key(key), b"")
        if len(held) < offset + count:
            raise Unavailable(f"could not read {key}: it ends at byte {len(held)}")
        for start in range(offset, offset + count, _PIECE):
            yield bytes(held[start : min(start + _PIECE, offset + count)])

    async def size_of(self, key: str) -> int | None:
        """Tell the size; None when there is nothing."""
        held = self.held.get(check_key(key))
        return None if held is None else len(held)

    async def delete(self, keys: Sequence[str]) -> None:
        """Forget keys."""
        for key in keys:
            self.held.pop(check_key(key), None)

    async def keys(self) -> AsyncIterator[tuple[str, int]]:
        """Yield what is held."""
        for key, held in list(self.held.items()):
            yield key, len(held)
