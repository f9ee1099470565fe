"""The Database port: short transactions over one statement set that serves SQLite and PostgreSQL.

Statements are text with `:name` parameters, upper-case keywords. A list parameter stands for an IN list
(`WHERE digest IN :digests`). Locking clauses (`FOR UPDATE`, `FOR KEY SHARE`, `SKIP LOCKED`) are written for
PostgreSQL and dropped on SQLite, where a write transaction is alone anyway. Booleans are BOOLEAN columns
(SQLite gives 0 and 1 back), moments are BIGINT microseconds (kernel.clock).

    async with database.write() as work:       # BEGIN, only in verb modules
        await store.add_thing(work, …)
        work.announce(ThingAdded(…))
    # COMMIT: rows, event rows and the jobs they cause, durable when the block is left
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from havre.kernel.events import Event

Value = str | int | float | bytes | bool | None | Sequence[str] | Sequence[int]
Parameters = Mapping[str, Value]


class Row(Protocol):
    """One row; columns are attributes. Their types are the schema's, which only the store knows."""

    def __getattr__(self, name: str) -> Any:  # the one place where a column enters untyped
        """Read a column."""

    def __iter__(self) -> Iterator[Any]:
        """Read every column, in the order of the statement."""


class Reader(Protocol):
    """Statements that change nothing, over one consistent view."""

    async def all(self, statement: str, parameters: Parameters | None = None) -> Sequence[Row]:
        """Run a query and return every row."""

    async def first(self, statement: str, parameters: Parameters | None = None) -> Row | None:
        """Run a query and return its first row."""


class Work(Reader, Protocol):
    """One open write transaction; it also reads."""

    async def run(self, statement: str, parameters: Parameters | None = None) -> int:
        """Run a statement and return how many rows it touched."""

    async def run_many(self, statement: str, rows: Sequence[Parameters]) -> None:
        """Run a statement once for each set of parameters."""

    def announce(self, event: Event) -> None:
        """Add an event to this transaction: a row of the journal and the jobs that listen to it."""


class Database(Protocol):
    """Opens transactions. Raises StorageFull and Unavailable when the engine cannot write."""

    def read(self) -> AbstractAsyncContextManager[Reader]:
        """Open a read transaction."""

    def write(self) -> AbstractAsyncContextManager[Work]:
        """Open a write transaction; leaving the block commits it durably, an error rolls it back."""

    async def hot(self, statement: str, parameters: Parameters) -> Sequence[Any] | None:
        """Run one prepared point read outside any transaction and return the first row as a tuple.

        The few reads of the pull path: on SQLite it runs in the event loop without suspending.
        """

    async def close(self) -> None:
        """Finish what is committed and let the connections go."""


class JournalWriter(Protocol):
    """Writes announced events and the jobs they cause into the transaction that announced them."""

    async def record(self, work: Work, events: Sequence[Event]) -> None:
        """Add the rows; called by the Database just before it commits."""
