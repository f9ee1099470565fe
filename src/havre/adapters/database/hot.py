"""Point reads of the pull path on one bare SQLite connection, remembered until anybody commits.

A commit, by whichever process, changes the header of the WAL index, which SQLite keeps in shared memory
(the file `…-shm`). Comparing its 96 bytes costs 0.2 us where a read costs 10 us and four system calls for
its locks; a row that was read after the header was looked at is good as long as the header stays.
Source: SQLite documentation, "WAL-mode File Format", section 2.1 (both copies of the header).
"""

import mmap
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

_MOST: Final = 4096  # rows
_MOST_BYTES: Final = 16 * 1024 * 1024  # manifests may be 4 MiB each
_HEADER_BYTES: Final = 96  # two copies of 48
_HEADERS: Final[
    dict[tuple[int, int], mmap.mmap]
] = {}  # by device and inode, which an open file keeps its own


class HotReader:
    """Runs prepared reads in the event loop without suspending."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._execute = connection.execute
        self._read_version = _version_reader(connection, _open_header(connection, path))
        self._version: object = None
        self._rows: dict[tuple[object, ...], tuple[Any, ...]] = {}
        self._bytes = 0

    def first(self, statement: str, parameters: Mapping[str, Any]) -> Sequence[Any] | None:
        """Return the first row; rows that are not there are looked up every time."""
        version = self._read_version()
        if version != self._version:
            self._forget(version)
        key = (statement, *parameters.values())
        row = self._rows.get(key)
        if row is None:
            row = self._execute(statement, parameters).fetchone()
            if row is not None:
                self._keep(key, row)
        return row

    def _keep(self, key: tuple[object, ...], row: tuple[Any, ...]) -> None:
        if len(self._rows) >= _MOST or self._bytes >= _MOST_BYTES:
            self._forget(self._version)
        self._bytes += sum(len(value) for value in row if isinstance(value, bytes | str))
        self._rows[key] = row

    def _forget(self, version: object) -> None:
        self._rows.clear()
        self._bytes = 0
        self._version = version

    def close(self) -> None:
        """Close the connection; the view of the index stays (see _open_header)."""
        self._connection.close()


def _open_header(connection: sqlite3.Connection, path: Path) -> mmap.mmap | None:
    """Map the index, once for each file and for good. None where there is none to map.

    No descriptor of the index may ever be closed: POSIX drops all locks that a process holds on a file with
    the first of its descriptors, also SQLite's. Another process would then take the index for abandoned and
    truncate it under us (SIGBUS), or write at the same time.
    """
    connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()  # opens the index
    try:
        found = os.stat(f"{path}-shm")
        name = (found.st_dev, found.st_ino)
        if name not in _HEADERS:
            fd = os.open(f"{path}-shm", os.O_RDONLY | os.O_CLOEXEC)  # stays open
            _HEADERS[name] = mmap.mmap(fd, _HEADER_BYTES, mmap.MAP_SHARED, mmap.PROT_READ)
    except (OSError, ValueError):
        return None
    return _HEADERS[name]


def _version_reader(connection: sqlite3.Connection, header: mmap.mmap | None) -> Callable[[], object]:
    if header is None:
        return lambda: connection.execute("PRAGMA data_version").fetchone()
    view, whole = header, slice(0, _HEADER_BYTES)
    return lambda: view[whole]
