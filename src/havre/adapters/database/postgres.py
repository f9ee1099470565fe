"""The Database port over PostgreSQL by psycopg 3; any number of processes.

Writes run in READ COMMITTED, where a statement after a lock sees what the lock waited for (the collector
depends on it); reads in REPEATABLE READ READ ONLY: one view. Nothing is tried again by itself: a deadlock or
a lost connection is Unavailable, and the caller has changed nothing.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from havre.adapters.database.faults import told
from havre.adapters.database.statements import Statements, with_arrays
from havre.kernel.events import Event
from havre.kernel.work import JournalWriter, Parameters, Reader, Row, Work

_POOL: Final = 10  # connections a process keeps; as many again may come for a moment
_POOL_WAIT_S: Final = 15
# Nothing waits without end: not for the network, a lock, a statement, or a peer that vanished.
_LIMITS: Final = {
    "connect_timeout": 10,
    "tcp_user_timeout": 15_000,
    "options": "-c statement_timeout=60s -c lock_timeout=15s -c idle_in_transaction_session_timeout=60s",
}


class _Reader:
    def __init__(self, connection: AsyncConnection, statements: Statements) -> None:
        self._connection = connection
        self._statements = statements

    async def all(self, statement: str, parameters: Parameters | None = None) -> Sequence[Row]:
        with told():
            return (await self._connection.execute(self._statements[statement], parameters or {})).all()

    async def first(self, statement: str, parameters: Parameters | None = None) -> Row | None:
        with told():
            return (await self._connection.execute(self._statements[statement], parameters or {})).first()


class _Work(_Reader):
    def __init__(self, connection: AsyncConnection, statements: Statements) -> None:
        super().__init__(connection, statements)
        self.announced: list[Event] = []

    async def run(self, statement: str, parameters: Parameters | None = None) -> int:
        with told():
            return (await self._connection.execute(self._statements[statement], parameters or {})).rowcount

    async def run_many(self, statement: str, rows: Sequence[Parameters]) -> None:
        if rows:
            with told():
                await self._connection.execute(self._statements[statement], list(rows))

    def announce(self, event: Event) -> None:
        self.announced.append(event)


class PostgresDatabase:
    """Implements Database; made by open_database. `url` is Core's (postgresql+psycopg://…)."""

    def __init__(self, url: str, journal: JournalWriter) -> None:
        self._journal = journal
        self._statements = Statements(with_arrays)
        self._engine = create_async_engine(
            url,
            pool_size=_POOL,
            max_overflow=_POOL,
            pool_timeout=_POOL_WAIT_S,
            pool_pre_ping=True,  # a server that was restarted costs no request
            isolation_level="READ COMMITTED",
            connect_args=_LIMITS,
        )
        self._view = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._point = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    def read(self) -> AbstractAsyncContextManager[Reader]:
        """Open a read transaction: one snapshot from its first statement on."""
        return self._read()

    @asynccontextmanager
    async def _read(self) -> AsyncIterator[Reader]:
        with told():
            async with self._view.connect() as connection:
                yield _Reader(connection, self._statements)

    def write(self) -> AbstractAsyncContextManager[Work]:
        """Open a write transaction; left, it is durable."""
        return self._write()

    @asynccontextmanager
    async def _write(self) -> AsyncIterator[Work]:
        with told():
            async with self._engine.begin() as connection:
                work = _Work(connection, self._statements)
                yield work
                if work.announced:
                    await self._journal.record(work, work.announced)

    async def hot(self, statement: str, parameters: Parameters) -> Sequence[Any] | None:
        """Run a point read in autocommit; psycopg prepares what comes often."""
        with told():
            async with self._point.connect() as connection:
                row = (await connection.execute(self._statements[statement], parameters)).first()
        return None if row is None else tuple(row)

    async def close(self) -> None:
        """Let the connections go."""
        await self._engine.dispose()
