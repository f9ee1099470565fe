"""Who of the processes on one data directory fetches a blob: record locks on one file, a byte for each.

The kernel lets go when a process ends. A lock belongs to the process, so within one somebody else must see to
it that a thing is claimed once; and the file is opened once, for closing it anywhere drops all locks.
"""

import fcntl
import hashlib
import os
from pathlib import Path

from havre.kernel.errors import Unavailable


class FileClaims:
    """Implements Claims."""

    def __init__(self, path: Path) -> None:
        """The file is made when it is needed."""
        self._path = path
        self._descriptor = -1

    def take(self, name: str) -> bool:
        """Claim a thing without waiting; see the port."""
        try:
            if self._descriptor < 0:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _byte_of(name))
        except (BlockingIOError, PermissionError):  # POSIX allows both for a lock that is held
            return False
        except OSError as error:
            raise Unavailable(f"{self._path.name} cannot be locked: {error.strerror}") from error
        return True

    def drop(self, name: str) -> None:
        """Let go of it; see the port."""
        if self._descriptor >= 0:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, _byte_of(name))


def _byte_of(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:7])  # a file offset has 63 bits
