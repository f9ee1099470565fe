"""Runners of jobs over one database, what their handlers saw, and the conditions to wait for."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from havre.jobs import Handler, JobContext, JobOptions, JobsSettings, Kind, Runner, Schedule, enqueue
from havre.jobs.model import Payload
from havre.kernel.work import Database, Parameters, Row
from kit.clock import WoundClock


class Bench:
    """Runs runners; two at the same time are two processes."""

    def __init__(self, database: Database, clock: WoundClock) -> None:
        """Work on a prepared database with a clock that stands."""
        self.database = database
        self.clock = clock
        self.seen: list[Payload] = []

    async def see(self, job: JobContext) -> None:
        """Handle a job: remember it."""
        self.seen.append(job.payload)

    async def fail(self, job: JobContext) -> None:
        """Handle a job: remember it and fail."""
        self.seen.append(job.payload)
        raise LookupError("the thing is gone")

    async def linger(self, job: JobContext) -> None:
        """Handle a job: until it is asked to stop."""
        self.seen.append(job.payload)
        await job.stopped()

    async def add(
        self,
        kind: str,
        options: JobOptions = JobOptions(),  # noqa: B008 - frozen
        **payload: str | int,
    ) -> int:
        """Enqueue a job."""
        async with self.database.write() as work:
            return await enqueue(work, self.clock, kind, payload, options)

    async def rows(self) -> list[Row]:
        """Read every job."""
        return await self.ask("SELECT * FROM job ORDER BY id")

    async def ask(self, statement: str, parameters: Parameters | None = None) -> list[Row]:
        """Read rows."""
        async with self.database.read() as reader:
            return list(await reader.all(statement, parameters))

    async def write(self, statement: str, parameters: Parameters | None = None) -> None:
        """Change rows behind the runners' back."""
        async with self.database.write() as work:
            await work.run(statement, parameters)

    def micros(self, seconds: int = 0) -> int:
        """Tell a moment from now as columns keep it."""
        return int(self.clock.now().timestamp()) * 1_000_000 + seconds * 1_000_000

    @asynccontextmanager
    async def running(
        self,
        handlers: Mapping[str, Handler],
        *every: Schedule,
        at_most: int | None = None,
        settings: JobsSettings = JobsSettings(),  # noqa: B008 - frozen
    ) -> AsyncIterator[Runner]:
        """Run a runner."""
        kinds = [Kind(name, handler, at_most) for name, handler in handlers.items()]
        runner = Runner(self.database, self.clock, settings, kinds, every)
        await runner.start()
        try:
            yield runner
        finally:
            await runner.stop()

    async def until(self, is_so: Callable[[list[Row]], bool]) -> list[Row]:
        """Wait until the jobs' rows are as wanted and return them."""
        async with asyncio.timeout(20):
            while True:
                rows = await self.rows()
                if is_so(rows):
                    return rows
                await asyncio.sleep(0.005)


def all_in(state: str) -> Callable[[list[Row]], bool]:
    """Make the condition that every job is in this state."""
    return lambda rows: all(row.state == state for row in rows)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - a row changes, and rows set no event
            await asyncio.sleep(0.005)
