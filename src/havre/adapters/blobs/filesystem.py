"""Blobs as files of one volume.

    <root>/uploads/<ulid>               spools, locked by flock while a request appends
    <root>/blobs/<2 hex>/<hex>.<ulid>   blobs; a directory is made when its first blob comes

A commit is: fsync the file, link it to its final name, fsync that directory. The spool keeps its name,
and with it the lock, until its key is swept: a second request can never take a moved spool for a lost one.
"""

import asyncio
import errno
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final

from havre.adapters.blobs.keys import check_key, is_key
from havre.adapters.blobs.spool import FileSpool, lock_spool
from havre.adapters.blobs.threads import faults, in_thread, sync_directory
from havre.kernel.digest import Hasher
from havre.kernel.errors import StartRefused, Unavailable
from havre.registry.ports import SpoolLost

_PIECE: Final = 1024 * 1024  # larger reads are no faster, smaller ones cost a thread hop each
_NO_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_HASH_STEP: Final = 64 * _PIECE  # one hop of the pool; a cancelled request stops after it


class FilesystemBlobStore:
    """Implements BlobStore over a directory; several processes may share it."""

    def __init__(self, root: Path) -> None:
        """Make the directories if need be.

        Raises: StartRefused when the directory cannot be used.
        """
        self._root = root.absolute()
        self._made: set[Path] = set()
        self._deleting = asyncio.Lock()
        try:
            self._make(self._root / "uploads")
            self._make(self._root / "blobs")
        except OSError as error:
            raise StartRefused(
                f"the blob directory {self._root} cannot be used: {error.strerror}; "
                "name a directory that Havre may write to"
            ) from error

    async def open_spool(self, key: str) -> FileSpool:
        """Lock a spool; see the port."""
        pending = asyncio.ensure_future(in_thread(lock_spool, self._path(key)))
        try:
            return await asyncio.shield(pending)
        except asyncio.CancelledError:
            pending.add_done_callback(_release)  # nobody is left to close what the thread will have opened
            raise

    async def commit(self, spool_key: str, key: str) -> None:
        """Make a spool a blob; see the port."""
        await in_thread(self._commit, self._path(spool_key), self._path(key))

    def _commit(self, spool: Path, target: Path) -> None:
        with faults(f"commit the bytes of {target.name}"):
            descriptor = os.open(spool, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            self._make(target.parent)
            _give_name(spool, target)
            sync_directory(target.parent)

    async def hash_spool(self, key: str, hasher: Hasher, size: int) -> None:
        """Hash a spool in pool threads; see the port."""
        path = self._path(key)
        for start in range(0, size, _HASH_STEP):
            await in_thread(_hash_part, path, hasher, start, min(size, start + _HASH_STEP))

    def path_of(self, key: str) -> str | None:
        """Tell where the bytes are; whether they are is not looked at."""
        return str(self._path(key))

    async def read(self, key: str, offset: int, count: int) -> AsyncIterator[bytes]:
        """Yield pieces of a file; see the port."""
        path = self._path(key)
        descriptor = await in_thread(_open_to_read, path)
        try:
            while count:
                piece = await in_thread(_read_piece, path, descriptor, offset, min(count, _PIECE))
                offset, count = offset + len(piece), count - len(piece)
                yield piece
        finally:
            os.close(descriptor)

    async def size_of(self, key: str) -> int | None:
        """Tell the size of a file; None when there is none."""
        return await in_thread(_size_of, self._path(key))

    async def delete(self, keys: Sequence[str]) -> None:
        """Unlink files and flush their directories; see the port.

        One call at a time: the flush of one would write what another is just unlinking, and each such write
        of the volume's journal keeps pushes waiting.
        """
        paths = [self._path(key) for key in keys]
        async with self._deleting:
            await in_thread(_delete, paths)

    async def keys(self) -> AsyncIterator[tuple[str, int]]:
        """Walk the directories; files whose names are no keys are not ours."""
        for directory in await in_thread(self._directories):
            for found in await in_thread(self._list, directory):
                yield found

    def _directories(self) -> list[Path]:
        with faults("list the blob directories"):
            fan_out = sorted(path for path in (self._root / "blobs").iterdir() if path.is_dir())
        return [self._root / "uploads", *fan_out]

    def _list(self, directory: Path) -> list[tuple[str, int]]:
        prefix = directory.relative_to(self._root).as_posix()
        with faults(f"list {directory}"):
            return [
                (f"{prefix}/{name}", size) for name, size in _files(directory) if is_key(f"{prefix}/{name}")
            ]

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    def _make(self, directory: Path) -> None:
        """Make a directory with its parents, each flushed into the one above."""
        if directory in self._made:
            return
        is_unsure = directory.parent == self._root / "blobs"  # another process may be just making it
        if not directory.is_dir():
            if not directory.parent.is_dir():
                self._make(directory.parent)
            directory.mkdir(mode=0o750, exist_ok=True)
            is_unsure = True
        if is_unsure:
            sync_directory(directory.parent)
        self._made.add(directory)


def _give_name(spool: Path, target: Path) -> None:
    try:
        target.hardlink_to(spool)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        spool.rename(target)  # a volume without hard links: a PUT repeated this moment may be told 404


def _release(opened: "asyncio.Future[FileSpool]") -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().release()


def _hash_part(path: Path, hasher: Hasher, start: int, end: int) -> None:
    with faults(f"read the upload in {path.name}"):
        try:
            file = path.open("rb", buffering=0)
        except FileNotFoundError:
            raise SpoolLost(f"{path.name} is gone") from None
        with file:
            file.seek(start)
            buffer = memoryview(bytearray(_PIECE))
            while start < end:
                count = file.readinto(buffer[: min(_PIECE, end - start)])
                if not count:
                    raise SpoolLost(f"{path.name} ends at byte {start}, {end} were acknowledged")
                hasher.update(buffer[:count])
                start += count


def _open_to_read(path: Path) -> int:
    with faults(f"open {path.name}"):
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)


def _read_piece(path: Path, descriptor: int, offset: int, count: int) -> bytes:
    with faults(f"read {path.name}"):
        piece = os.pread(descriptor, count, offset)
    if not piece:
        raise Unavailable(f"could not read {path.name}: it ends at byte {offset}")
    return piece


def _size_of(path: Path) -> int | None:
    with faults(f"look at {path.name}"):
        try:
            return path.stat(follow_symlinks=False).st_size
        except FileNotFoundError:
            return None


def _delete(paths: Sequence[Path]) -> None:
    with faults("delete bytes"):
        for path in paths:
            path.unlink(missing_ok=True)
        for directory in {path.parent for path in paths}:
            if directory.is_dir():
                sync_directory(directory)


def _files(directory: Path) -> Iterator[tuple[str, int]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            try:
                if entry.is_file(follow_symlinks=False):
                    yield entry.name, entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:  # committed or swept while we look
                continue
