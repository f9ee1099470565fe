"""Read RPM's database out of memory, in its SQLite form (RPM 4.16 and later)."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Final

from havre.scanning.packages.model import Package, PackageFault
from havre.scanning.packages.rpm import parse_rpm

_HEADER: Final = 100  # bytes of a SQLite file's


def read_rpmdb(path: str, content: bytes) -> Iterator[tuple[Package | None, tuple[str, ...]]]:
    """Yield the packages and the files that each owns. Raises: PackageFault."""
    if not content.startswith(b"SQLite format 3\0") or len(content) < _HEADER:
        raise PackageFault(f"{path} is no database of RPM")
    try:
        with closing(sqlite3.connect(":memory:")) as rows:
            rows.deserialize(_without_journal(content))
            for (header,) in rows.execute("SELECT blob FROM Packages ORDER BY hnum"):
                if not isinstance(header, bytes):
                    raise PackageFault(f"{path} holds a package that is no header")
                yield parse_rpm(path, header)
    except (sqlite3.Error, ValueError, OverflowError) as error:
        raise PackageFault(f"{path} is no sound database of RPM: {error}") from error


def _without_journal(content: bytes) -> bytes:
    """Let a database in WAL mode be read without its journal: bytes 18 and 19 of the header say the mode."""
    return content[:18] + b"\1\1" + content[20:] if content[18:20] == b"\2\2" else content
