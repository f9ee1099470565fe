"""One spool file, held by an advisory lock that other processes respect too."""

import fcntl
import os
from pathlib import Path

from havre.adapters.blobs.threads import faults, in_thread, sync_directory
from havre.adapters.blobs.writeback import STEP_BYTES, start_writeback
from havre.registry.ports import SpoolBusy, SpoolLost


class FileSpool:
    """An open, locked spool file; made by `lock_spool`."""

    def __init__(self, path: Path, descriptor: int, *, is_new: bool) -> None:
        self._path = path
        self._descriptor = descriptor
        self._is_new = is_new
        self._is_open = True
        self.offset = 0
        self._started = 0  # up to here the kernel was asked to write already

    async def resume_at(self, offset: int) -> None:
        """Stand behind the first `offset` bytes; see the port."""
        await in_thread(self._resume_at, offset)

    def _resume_at(self, offset: int) -> None:
        with faults(f"resume the upload in {self._path.name}"):
            size = os.fstat(self._descriptor).st_size
            if size < offset:
                raise SpoolLost(f"{self._path.name}: {size} bytes are there, {offset} were acknowledged")
            if size > offset:
                os.ftruncate(self._descriptor, offset)
        self.offset = self._started = offset

    def write(self, data: memoryview) -> None:
        """Append all of `data` or, on an error, nothing that counts; blocking."""
        with faults(f"write to the upload in {self._path.name}"):
            at, rest = self.offset, data
            while rest.nbytes:
                written = os.pwrite(self._descriptor, rest, at)
                at, rest = at + written, rest[written:]
        self.offset = at
        if at - self._started >= STEP_BYTES:
            start_writeback(self._descriptor, self._started, at - self._started)
            self._started = at

    async def sync(self) -> None:
        """Flush the bytes, and the name of a new file, to the disk."""
        await in_thread(self._sync)

    def _sync(self) -> None:
        with faults(f"flush the upload in {self._path.name}"):
            os.fdatasync(self._descriptor)
            if self._is_new:
                sync_directory(self._path.parent)

    async def close(self) -> None:
        """Unlock and close; a file that was made for nothing goes."""
        if self._is_open:
            self._is_open = False
            await in_thread(self.release)

    def release(self) -> None:
        """Do what close does, blocking."""
        try:
            if self._is_new and self.offset == 0 and _is_at(self._path, self._descriptor):
                self._path.unlink(missing_ok=True)
        except OSError:  # an empty file may stay: its key is in the trash
            return
        finally:
            os.close(self._descriptor)


def lock_spool(path: Path) -> FileSpool:
    """Open the file, made if need be, and lock it; blocking.

    Raises: SpoolBusy.
    """
    with faults(f"open the upload in {path.name}"):
        while True:
            descriptor, is_new = _open(path)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                raise SpoolBusy(f"{path.name} is being written by another request") from None
            except OSError:
                os.close(descriptor)
                raise
            if _is_at(path, descriptor):
                return FileSpool(path, descriptor, is_new=is_new)
            os.close(descriptor)  # committed or deleted between open and lock: look again


def _open(path: Path) -> tuple[int, bool]:
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        return os.open(path, flags), False
    except FileNotFoundError:
        return os.open(path, flags | os.O_CREAT, 0o640), True


def _is_at(path: Path, descriptor: int) -> bool:
    ours = os.fstat(descriptor)
    try:
        there = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
