"""One SQLite connection, raw and as Core sees it."""

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

WRITER_WAIT_S: Final = 15.0  # how long BEGIN IMMEDIATE waits for another process
READER_WAIT_S: Final = 1.0  # readers wait in the event loop, and only while another process recovers the log
# No mmap_size: a read error in a mapped page kills the process (SIGBUS), a failed read() is an error.
_PRAGMAS: Final = ("PRAGMA foreign_keys = ON", "PRAGMA temp_store = MEMORY", "PRAGMA cache_size = -16000")
_WRITER_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a COMMIT returns when the log is on the disk
    "PRAGMA journal_size_limit = 67108864",  # 64 MiB: the log shrinks again after a large transaction
)
_READER_PRAGMAS: Final = ("PRAGMA query_only = ON",)


class Link:
    """An open connection; `core` never begins or ends a transaction by itself."""

    __slots__ = ("core", "raw")

    def __init__(self, raw: sqlite3.Connection, core: Connection) -> None:
        self.raw = raw
        self.core = core

    def close(self) -> None:
        """Roll back what is open and close; an engine that is broken already has nothing to say."""
        with suppress(SQLAlchemyError, sqlite3.Error):
            self.core.close()
        with suppress(sqlite3.Error):
            self.raw.close()


class Linker:
    """Opens connections to one file that share the compiled statements."""

    def __init__(self, path: Path, writer_wait_s: float = WRITER_WAIT_S) -> None:
        self._path = path
        self._writer_wait_s = writer_wait_s
        self._opened: list[sqlite3.Connection] = []
        # AUTOCOMMIT: BEGIN, SAVEPOINT and COMMIT are ours to write.
        self._engine: Engine = create_engine(
            "sqlite://", creator=self._take, poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )

    def writer(self) -> Link:
        """Open a connection that writes durably."""
        return self._link(self._writer_wait_s, (*_WRITER_PRAGMAS, *_PRAGMAS))

    def reader(self) -> Link:
        """Open a connection that only reads."""
        return self._link(READER_WAIT_S, (*_PRAGMAS, *_READER_PRAGMAS))

    def raw_reader(self) -> sqlite3.Connection:
        """Open a bare connection that only reads, for prepared statements."""
        return self._open(READER_WAIT_S, (*_PRAGMAS, *_READER_PRAGMAS))

    def _link(self, wait_s: float, pragmas: Sequence[str]) -> Link:
        raw = self._open(wait_s, pragmas)
        self._opened.append(raw)
        return Link(raw, self._engine.connect())

    def _take(self) -> sqlite3.Connection:
        return self._opened.pop()

    def _open(self, wait_s: float, pragmas: Sequence[str]) -> sqlite3.Connection:
        # mode=rw: a file that vanished is an error, never a fresh empty database.
        raw = sqlite3.connect(
            f"{self._path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=wait_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        try:
            for pragma in pragmas:
                raw.execute(pragma).close()
        except sqlite3.Error:
            raw.close()
            raise
        return raw
