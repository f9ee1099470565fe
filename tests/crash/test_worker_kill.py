"""kill -9 of workers in the middle of many jobs: no job is lost, and none counts twice."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from contract.notes import NoteTaker
from havre.adapters.database import open_database
from havre.assembly.prepare import prepare
from havre.jobs import JobOptions, NewExecution, enqueue, start_execution
from havre.kernel.clock import SystemClock
from havre.kernel.work import Database, Row
from havre.settings import Settings, load_settings
from kit.server import HAVRE

_SEED = int(os.environ.get("HAVRE_TEST_SEED", "0")) or int(time.time())
_CLOCK = SystemClock()
_WORKERS = 2
_TASKS = 10  # of one execution
_EXECUTIONS = 6  # of one round
_LONGEST_S = 0.5  # from the first jobs that run to the kill
_DEADLINE_S = 120


@dataclass
class Yard:
    """A data directory, its database, and worker processes on them."""

    environment: Mapping[str, str]
    database: Database
    log: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    numbers: int = 0

    def start(self, command: list[str] | None = None) -> subprocess.Popen[bytes]:
        """Start a worker."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command or [sys.executable, "-m", "crash.working"],
                env={**os.environ, **self.environment, "PYTHONPATH": os.pathsep.join(sys.path)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def fill(self) -> None:
        """Start workers until as many run as should."""
        self.processes = [process for process in self.processes if process.poll() is None]
        while len(self.processes) < _WORKERS:
            self.start()

    def freeze(self, process: subprocess.Popen[bytes]) -> None:
        """Stop a worker between two transactions; inside one it would hold up every writer of SQLite."""
        process.send_signal(signal.SIGSTOP)
        while not self._can_write():
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGSTOP)

    def _can_write(self) -> bool:
        url = self.environment["HAVRE_DATABASE_URL"]
        if not url.startswith("sqlite:///"):
            return True
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0.5)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
        return True

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """End a worker as a power cut does."""
        process.kill()
        process.wait()

    async def add(self) -> None:
        """Start executions with tasks, each with a number of its own."""
        for _ in range(_EXECUTIONS):
            async with self.database.write() as work:
                execution = await start_execution(work, _CLOCK, NewExecution("LEDGER"))
                for _ in range(_TASKS):
                    self.numbers += 1
                    options = JobOptions(max_attempts=1000, execution_id=execution)
                    await enqueue(work, _CLOCK, "LEDGER", {"number": self.numbers}, options)

    async def ask(self, statement: str) -> list[Row]:
        """Read rows."""
        async with self.database.read() as reader:
            return list(await reader.all(statement))

    async def until(self, statement: str, is_so: Callable[[list[Row]], bool]) -> list[Row]:
        """Wait until rows are as wanted."""
        deadline = time.monotonic() + _DEADLINE_S
        while not is_so(rows := await self.ask(statement)):
            assert time.monotonic() < deadline, (
                f"HAVRE_TEST_SEED={_SEED}\n{self.log.read_text(errors='replace')[-6000:]}"
            )
            await asyncio.sleep(0.01)
        return rows

    async def until_some_run(self) -> None:
        """Wait until jobs run."""
        await self.until("SELECT id FROM job WHERE state = 'running' ORDER BY id LIMIT 1", bool)

    async def until_all_ended(self) -> None:
        """Wait until no job is left."""
        await self.until(
            "SELECT id FROM job WHERE state IN ('waiting', 'running') ORDER BY id LIMIT 1",
            lambda rows: not rows,
        )

    async def audit(self) -> int:
        """Hold the ledger against the jobs; returns how often jobs were taken over."""
        lines = await self.ask("SELECT number, attempt FROM ledger ORDER BY number")
        jobs = await self.ask("SELECT state, attempts, log_bytes FROM job ORDER BY id")
        executions = await self.ask("SELECT state FROM execution ORDER BY id")
        where = f"HAVRE_TEST_SEED={_SEED}"
        assert [line.number for line in lines] == list(range(1, self.numbers + 1)), where
        assert {job.state for job in jobs} == {"succeeded"}, where
        assert [line.attempt for line in lines] == [job.attempts for job in jobs], where
        assert {execution.state for execution in executions} == {"succeeded"}, where
        assert all(job.log_bytes > 0 for job in jobs), where
        return sum(job.attempts - 1 for job in jobs)


@pytest.fixture
async def yard(tmp_path: Path, database_url: str) -> AsyncIterator[Yard]:
    environment = {
        "HAVRE_DATA": str(tmp_path / "data"),
        "HAVRE_DATABASE_URL": database_url,
        "HAVRE_ADMIN_PASSWORD": "Harbour-Test-1",
        "HAVRE_JOBS_LEASE_S": "2",
        "HAVRE_LOG_LEVEL": "warning",
    }
    async with _open(load_settings({}, environment), environment, tmp_path / "workers.log") as opened:
        yield opened


@asynccontextmanager
async def _open(settings: Settings, environment: Mapping[str, str], log: Path) -> AsyncIterator[Yard]:
    await prepare(settings)
    (settings.data / "blobs").mkdir(exist_ok=True)
    database = open_database(settings.resolved_database_url, NoteTaker())
    yard = Yard(environment, database, log)
    try:
        async with database.write() as work:  # no rule of the database hides a second line
            await work.run("CREATE TABLE ledger (number BIGINT, attempt BIGINT, pid BIGINT)")
        yield yard
    finally:
        for process in yard.processes:
            if process.poll() is None:
                yard.kill(process)
        await database.close()


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("rounds", [10, pytest.param(100, marks=pytest.mark.full)])
async def test_killed_workers_lose_no_job_and_no_job_counts_twice(yard: Yard, rounds: int) -> None:
    dice = random.Random(_SEED)
    for _ in range(rounds):
        await yard.add()
        yard.fill()
        await yard.until_some_run()
        await asyncio.sleep(dice.uniform(0, _LONGEST_S))  # the moment of the kill is the dice's
        for process in dice.sample(yard.processes, dice.randint(1, _WORKERS)):
            yard.kill(process)

    yard.fill()
    await yard.until_all_ended()

    assert await yard.audit() > 0, "no kill came in the middle of a job: nothing is proved"


async def test_a_worker_that_slept_through_its_lease_ends_nothing_twice(yard: Yard) -> None:
    frozen = yard.start()
    await yard.add()
    await yard.until_some_run()
    yard.freeze(frozen)
    held = await yard.ask("SELECT id FROM job WHERE state = 'running' ORDER BY id")

    yard.start()
    await yard.until_all_ended()
    frozen.send_signal(signal.SIGCONT)
    await yard.add()
    await yard.until_all_ended()

    assert held
    assert await yard.audit() >= len(held)


async def test_a_worker_ends_at_sigterm_and_gives_its_jobs_back(yard: Yard) -> None:
    worker = yard.start()
    await yard.add()
    await yard.until_some_run()
    worker.terminate()

    assert await asyncio.to_thread(worker.wait, 15) == 0
    assert await yard.ask("SELECT id FROM job WHERE state = 'running' ORDER BY id") == []
    assert await yard.ask("SELECT id FROM worker_pool ORDER BY id") == []
    yard.start()
    await yard.until_all_ended()
    assert await yard.audit() == 0


async def test_the_command_runs_upkeep_and_ends_at_sigterm(yard: Yard) -> None:
    worker = yard.start([str(HAVRE), "worker"])
    await yard.until("SELECT kind FROM job_schedule ORDER BY kind", lambda rows: len(rows) >= 2)
    [pool] = await yard.until("SELECT pid, workers FROM worker_pool ORDER BY id", bool)
    worker.terminate()

    assert await asyncio.to_thread(worker.wait, 15) == 0
    assert (pool.pid, pool.workers) == (worker.pid, 4)
