"""A Database that counts the queries of its read transactions, for promises about their number."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from havre.kernel.work import Database, Parameters, Reader, Row, Work


@dataclass
class CountingDatabase:
    """Passes everything on and counts."""

    inner: Database
    queries: int = 0

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reader]:
        """Open a read transaction that counts."""
        async with self.inner.read() as reader:
            yield _CountingReader(self, reader)

    def write(self) -> AbstractAsyncContextManager[Work]:
        """Open a write transaction."""
        return self.inner.write()

    async def hot(self, statement: str, parameters: Parameters) -> Sequence[Any] | None:
        """Run a point read."""
        self.queries += 1
        return await self.inner.hot(statement, parameters)

    async def close(self) -> None:
        """Close."""
        await self.inner.close()


@dataclass
class _CountingReader:
    counter: CountingDatabase
    inner: Reader

    async def all(self, statement: str, parameters: Parameters | None = None) -> Sequence[Row]:
        self.counter.queries += 1
        return await self.inner.all(statement, parameters)

    async def first(self, statement: str, parameters: Parameters | None = None) -> Row | None:
        self.counter.queries += 1
        return await self.inner.first(statement, parameters)
