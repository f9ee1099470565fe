"""The journal and the jobs on both engines: their statements are one set."""

import asyncio
from collections.abc import Sequence

from havre.adapters.database import open_database
from havre.audit import AuditJournal
from havre.jobs import JobContext, JobsSettings, Kind, Runner, Schedule, enqueue
from havre.kernel.clock import SystemClock
from havre.kernel.events import Event
from havre.kernel.work import Work
from unit.audit.desk import ALICE, Pulled, Pushed

CLOCK = SystemClock()


async def test_two_processes_run_each_job_once(url: str) -> None:
    databases = [open_database(url, AuditJournal(CLOCK)) for _ in range(2)]
    seen: list[object] = []
    is_done = asyncio.Event()

    async def see(job: JobContext) -> None:
        await asyncio.sleep(0)
        seen.append(job.number("number"))
        if len(seen) >= 40:
            is_done.set()

    async with databases[0].write() as work:
        for number in range(40):
            await enqueue(work, CLOCK, "see", {"number": number})
    runners = [Runner(database, CLOCK, JobsSettings(), [Kind("see", see)], []) for database in databases]
    for runner in runners:
        await runner.start()
    await asyncio.wait_for(is_done.wait(), 20)
    for runner in runners:
        await runner.stop()

    assert sorted(map(str, seen)) == sorted(map(str, range(40)))
    for database in databases:
        await database.close()


async def test_one_of_two_processes_takes_a_schedule(url: str) -> None:
    databases = [open_database(url, AuditJournal(CLOCK)) for _ in range(2)]
    runs: list[int] = []

    async def run() -> None:
        runs.append(1)

    runners = [
        Runner(database, CLOCK, JobsSettings(), [], [Schedule("tick", 3600, run)]) for database in databases
    ]
    await asyncio.gather(*(runner.start() for runner in runners))
    async with asyncio.timeout(20):
        for database in databases:
            while True:
                async with database.read() as reader:
                    rows = await reader.all(
                        "SELECT kind FROM job_schedule WHERE next_run_at > 0 ORDER BY kind"
                    )
                if len(rows) == 2 and runs:
                    break
                await asyncio.sleep(0.005)
    for runner in runners:
        await runner.stop()

    assert runs == [1]
    for database in databases:
        await database.close()


async def test_announced_and_noted_events_are_rows_on_every_engine(url: str) -> None:
    listened: list[str] = []

    async def listen(work: Work, events: Sequence[Event]) -> None:
        listened.extend(event.resource for event in events)

    async def hear(work: Work, event: Event) -> None:
        await enqueue(work, CLOCK, "scan", {"resource": event.resource})

    journal = AuditJournal(CLOCK, [listen], {"thing.pushed": [hear]})
    database = open_database(url, journal)
    await journal.start(database)
    async with database.write() as work:
        work.announce(Pushed(actor=ALICE, resource="pushed", project_id=1))
    for number in range(3):
        journal.note(Pulled(actor=ALICE, resource=f"pulled {number}"))
    await journal.stop()

    async with database.read() as reader:
        events = await reader.all("SELECT resource, succeeded FROM event ORDER BY id")
        jobs = await reader.all("SELECT kind FROM job ORDER BY id")
    assert [row.resource for row in events] == ["pushed", "pulled 0", "pulled 1", "pulled 2"]
    assert [row.kind for row in jobs] == ["scan"]
    assert listened == ["pulled 0", "pulled 1", "pulled 2"]
    await database.close()
