"""The database away for a moment: no job is lost, and one that ended is settled when it is back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from havre.jobs import JobContext, JobOptions, JobsSettings
from havre.kernel.errors import Unavailable
from havre.kernel.work import Database, Parameters, Reader, Work
from kit.bench import Bench, all_in, until
from kit.clock import WoundClock

_QUICK = JobsSettings(lease_s=1)


class AwayDatabase:
    """Implements Database over another one; `is_away` makes every transaction Unavailable."""

    def __init__(self, inner: Database) -> None:
        """Begin by being there."""
        self._inner = inner
        self.is_away = False
        self.refused = 0

    def read(self) -> AbstractAsyncContextManager[Reader]:
        """Open a read transaction, or refuse."""
        return self._open(self._inner.read())

    def write(self) -> AbstractAsyncContextManager[Work]:
        """Open a write transaction, or refuse."""
        return self._open(self._inner.write())

    async def hot(self, statement: str, parameters: Parameters) -> Sequence[Any] | None:
        """Read a point."""
        return await self._inner.hot(statement, parameters)

    async def close(self) -> None:
        """Close the other one."""
        await self._inner.close()

    @asynccontextmanager
    async def _open(self, inner: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
        if self.is_away:
            self.refused += 1
            raise Unavailable("the database is away")
        async with inner as opened:
            yield opened


@pytest.fixture
def away(database: Database) -> AwayDatabase:
    return AwayDatabase(database)


@pytest.fixture
def absent(bench: Bench, away: AwayDatabase, clock: WoundClock) -> Bench:
    """Runners over a database that goes away; `bench` looks at the rows meanwhile."""
    return Bench(away, clock)


async def test_a_job_that_ended_while_the_database_was_away_is_settled_once_it_is_back(
    bench: Bench, absent: Bench, away: AwayDatabase
) -> None:
    runs: list[int] = []
    may_end = asyncio.Event()

    async def work(job: JobContext) -> None:
        runs.append(job.attempt)
        job.log("done")
        await may_end.wait()

    await bench.add("work")
    async with absent.running({"work": work}, settings=_QUICK):
        await bench.until(all_in("running"))
        away.is_away = True
        may_end.set()
        await until(lambda: away.refused > 3)
        assert (await bench.rows())[0].state == "running"
        away.is_away = False
        [row] = await bench.until(all_in("succeeded"))

    assert runs == [1]
    assert row.log_bytes > 0


async def test_a_last_transaction_that_found_no_database_is_tried_again(
    bench: Bench, absent: Bench, away: AwayDatabase
) -> None:
    async def work(job: JobContext) -> None:
        away.is_away = job.attempt == 1
        async with job.finish() as work:
            await work.run("INSERT INTO setting (name, value) VALUES ('result', 'x')")

    await bench.add("work", JobOptions(max_attempts=1))
    async with absent.running({"work": work}) as runner:
        await until(lambda: away.refused > 1)
        away.is_away = False
        await bench.until(lambda rows: rows[0].state == "waiting")
        bench.clock.wind(2)
        runner.wake()
        [row] = await bench.until(all_in("succeeded"))

    assert row.attempts == 2
    assert len(await bench.ask("SELECT name FROM setting WHERE name = 'result'")) == 1


async def test_a_start_without_database_begins_when_it_is_there(
    bench: Bench, absent: Bench, away: AwayDatabase
) -> None:
    await bench.add("see")
    away.is_away = True
    async with absent.running({"see": absent.see}):
        await until(lambda: away.refused > 3)
        away.is_away = False
        await bench.until(all_in("succeeded"))
