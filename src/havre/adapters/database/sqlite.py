"""The Database port over one SQLite file in WAL mode, shared by several processes.

Reads run in the event loop, where they cost microseconds; writes are described in writer.py.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import CursorResult

from havre.adapters.database.faults import told
from havre.adapters.database.hot import HotReader
from havre.adapters.database.link import WRITER_WAIT_S, Link, Linker
from havre.adapters.database.statements import Statements, without_locks
from havre.adapters.database.writer import Batch, Writer
from havre.kernel.errors import HavreError, Unavailable
from havre.kernel.events import Event
from havre.kernel.work import JournalWriter, Parameters, Reader, Row, Work

_IDLE_READERS: Final = 4  # statements do not suspend, so more are rarely open at once


class _Reader:
    def __init__(self, link: Link, statements: Statements) -> None:
        self._link = link
        self._statements = statements

    async def all(self, statement: str, parameters: Parameters | None = None) -> Sequence[Row]:
        return self._execute(statement, parameters or {}).all()

    async def first(self, statement: str, parameters: Parameters | None = None) -> Row | None:
        return self._execute(statement, parameters or {}).first()

    def _execute(self, statement: str, parameters: Parameters | Sequence[Parameters]) -> CursorResult[Any]:
        if not self._link.raw.in_transaction:  # the engine dropped it: a statement would commit by itself
            raise Unavailable("the transaction was lost: the disk is full or failing")
        with told():
            return self._link.core.execute(self._statements[statement], parameters)


class _Work(_Reader):
    def __init__(self, link: Link, statements: Statements) -> None:
        super().__init__(link, statements)
        self.announced: list[Event] = []

    async def run(self, statement: str, parameters: Parameters | None = None) -> int:
        return self._execute(statement, parameters or {}).rowcount

    async def run_many(self, statement: str, rows: Sequence[Parameters]) -> None:
        if not rows:
            return
        if not self._link.raw.in_transaction:
            raise Unavailable("the transaction was lost: the disk is full or failing")
        with told():  # no IN list here, so the driver's own :name binding does: half the cost of Core's
            self._link.raw.executemany(without_locks(statement), rows)

    def announce(self, event: Event) -> None:
        self.announced.append(event)


class SqliteDatabase:
    """Implements Database; made by open_database, inside the event loop that uses it.

    `is_strict` makes a use case that suspends inside write() fail: it would hold every other writer up.
    `writer_wait_s` is how long a transaction waits for one of another process before it is Unavailable.
    """

    def __init__(
        self,
        path: Path,
        journal: JournalWriter,
        *,
        is_strict: bool = False,
        writer_wait_s: float = WRITER_WAIT_S,
    ) -> None:
        self._path = path.absolute()
        self._journal = journal
        self._is_strict = is_strict
        self._linker = Linker(path, writer_wait_s)
        self._statements = Statements(without_locks)
        self._writer = Writer(self._linker.writer)
        self._idle: list[Link] = []
        self._hot: HotReader | None = None

    def read(self) -> AbstractAsyncContextManager[Reader]:
        """Open a read transaction: one snapshot from its first statement on."""
        return self._read()

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[Reader]:
        with told():
            link = self._idle.pop() if self._idle else self._linker.reader()
        is_sound = False
        try:
            with told():
                link.raw.execute("BEGIN")
            yield _Reader(link, self._statements)
            is_sound = True
        finally:
            self._put_back(link, is_sound=is_sound)

    def _put_back(self, link: Link, *, is_sound: bool) -> None:
        if is_sound and len(self._idle) < _IDLE_READERS:
            link.raw.execute("COMMIT")
            self._idle.append(link)
        else:
            link.close()

    def write(self) -> AbstractAsyncContextManager[Work]:
        """Open a use case of the shared write transaction; left, it is durable."""
        return self._write()

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[Work]:
        batch = await self._writer.join()
        refused: HavreError | None = None
        try:
            async with _member(self._writer, batch):
                work = _Work(batch.link, self._statements)
                with _Watch(is_on=self._is_strict):
                    yield work
                if work.announced:
                    await self._journal.record(work, work.announced)
        except HavreError as error:
            refused = error
        finally:
            self._writer.end_turn()
        # What was refused may have been so for rows of others in the batch, which nobody else sees before.
        if refused is None or batch.size:
            await batch.settled()
        if refused is not None:
            raise refused

    async def hot(self, statement: str, parameters: Parameters) -> Sequence[Any] | None:
        """Run a prepared read; it does not suspend and sees what is committed."""
        try:
            if self._hot is None:
                self._hot = HotReader(self._linker.raw_reader(), self._path)
            return self._hot.first(statement, parameters)
        except sqlite3.Error:
            if self._hot is not None:
                self._hot.close()
                self._hot = None  # a fresh one next time: the file may be well again
            with told():
                raise

    async def close(self) -> None:
        """Wait for the last COMMIT and close every connection."""
        await self._writer.close()
        while self._idle:
            self._idle.pop().close()
        if self._hot is not None:
            self._hot.close()
            self._hot = None


@asynccontextmanager
async def _member(writer: Writer, batch: Batch) -> AsyncIterator[None]:
    """Keep one use case of a batch in a savepoint of its own; an error undoes that one alone."""
    raw = batch.link.raw
    try:
        with told():
            raw.execute("SAVEPOINT member")
        yield
        with told():
            raw.execute("RELEASE member")
        batch.size += 1
    except BaseException as error:
        try:
            raw.execute("ROLLBACK TO member")
            raw.execute("RELEASE member")
        except sqlite3.Error:  # a full disk or a read error may have ended the whole transaction
            writer.lose(batch, error)
        raise


class _Watch:
    """Notices when the code inside gives the event loop a turn."""

    def __init__(self, *, is_on: bool) -> None:
        self._is_on = is_on
        self._has_suspended = False

    def __enter__(self) -> None:
        if self._is_on:
            asyncio.get_running_loop().call_soon(self._notice)

    def _notice(self) -> None:
        self._has_suspended = True

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self._has_suspended and kind is None:
            raise AssertionError("a use case suspended inside write(): no network and no blob I/O there")
