"""Scan everything: started, scheduled, followed and stopped by administrators.

SCAN_ALL     a page of images -> their scans, and the next page, in one transaction
IMAGE_SCAN   run_scan.py; an image that several repositories hold is scanned once
"""

from dataclasses import dataclass
from typing import Final, Literal

from havre.access import require_system
from havre.jobs import (
    Cause,
    ExecutionFilter,
    JobContext,
    JobOptions,
    NewExecution,
    NewSchedule,
    delete_schedule,
    enqueue,
    find_schedule,
    list_executions,
    running_execution,
    set_schedule,
    start_execution,
    stop_execution,
)
from havre.jobs.model import CronSchedule, Execution
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import Changes, Fact, changes_between
from havre.kernel.names import RepositoryName
from havre.kernel.pages import PageRequest
from havre.kernel.work import Database, Work
from havre.scanning import scan_store
from havre.scanning.errors import ScanAllRunning
from havre.scanning.events import ScanAllScheduled, ScanAllStopped
from havre.scanning.run_scan import KIND
from havre.scanning.scans import enqueue_scans, is_under_way

ALL_KIND: Final = "SCAN_ALL"  # Harbor's vendor type
_NO_ONE: Final = -1
_PAGE: Final = 200
_RESOURCE: Final = "scan-all"
_FIRST: Final = PageRequest(1, 1)

When = Literal["Manual", "None", "Hourly", "Daily", "Weekly", "Custom"]


@dataclass(frozen=True, slots=True)
class ScanPlan:
    """When to scan everything; `cron` has six fields and goes with Custom."""

    when: When
    cron: str = ""


class ScanAll:
    """Steers scans of everything; administrators only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def plan(self, actor: Actor, plan: ScanPlan, right: Literal["create", "update"] = "create") -> None:
        """Scan everything now (`Manual`), at times, or no more at times (`None`).

        Raises: ScanAllRunning, CronInvalid, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, right)
        async with self._database.write() as work:
            before = await find_schedule(work, ALL_KIND, _NO_ONE)
            if plan.when == "Manual":
                await self._start(work)
            elif plan.when == "None":
                await delete_schedule(work, ALL_KIND, _NO_ONE)
            else:
                await set_schedule(
                    work, self._clock, NewSchedule(ALL_KIND, _NO_ONE, plan.when, plan.cron, {})
                )
            work.announce(
                ScanAllScheduled(actor=actor, resource=plan.when.lower(), changes=_changes(before, plan))
            )

    async def _start(self, work: Work) -> None:
        running = await running_execution(work, ALL_KIND)
        if running is not None:
            raise ScanAllRunning(running)
        number = await start_execution(work, self._clock, NewExecution(ALL_KIND))
        await enqueue(work, self._clock, ALL_KIND, {}, JobOptions(execution_id=number, priority=1))

    async def schedule(self, actor: Actor) -> CronSchedule | None:
        """Read the schedule. Raises: Unauthenticated, Denied."""
        require_system(actor, _RESOURCE, "read")
        async with self._database.read() as reader:
            return await find_schedule(reader, ALL_KIND, _NO_ONE)

    async def latest(self, actor: Actor, cause: Cause) -> Execution | None:
        """Read how the latest run is that people started, or the schedule; None when there was none.

        Raises: Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        asked = ExecutionFilter(ALL_KIND, cause=cause, task_kind=KIND)
        async with self._database.read() as reader:
            found = await list_executions(reader, asked, _FIRST)
        return found.items[0] if found.items else None

    async def stop(self, actor: Actor) -> None:
        """Stop what is under way; images that were scanned stay so. Raises: Unauthenticated, Denied."""
        require_system(actor, _RESOURCE, "stop")
        async with self._database.write() as work:
            running = await running_execution(work, ALL_KIND)
            if running is not None:
                await stop_execution(work, self._clock, running)
                await scan_store.stop_scans(work, running)
            work.announce(ScanAllStopped(actor=actor, resource="none" if running is None else str(running)))


class PlanScans:
    """The job that starts scans, page by page."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, job: JobContext) -> None:
        """Start the scans of a page, and what goes on with the next."""
        after = job.number("after") if "after" in job.payload else 0
        async with self._database.read() as reader:
            page = await scan_store.images_after(reader, after, _PAGE)
        execution_id = job.execution_id or 0
        async with job.finish() as work:
            known = await scan_store.scans_of(work, [one.digest for one in page])
            started: set[str] = set()
            for one in page:
                scan = known.get(one.digest)
                is_ours = scan is not None and scan.execution_id == execution_id
                if one.digest in started or is_ours or is_under_way(scan):
                    continue
                started.add(one.digest)
                repository = RepositoryName.parse(one.repository)
                await enqueue_scans(work, self._clock, execution_id, repository, [one.digest])
            job.log(f"{len(started)} images of {len(page)}")
            if len(page) == _PAGE:
                options = JobOptions(execution_id=execution_id, priority=1)
                await enqueue(work, self._clock, ALL_KIND, {"after": page[-1].number}, options)


def _changes(before: CronSchedule | None, plan: ScanPlan) -> Changes:
    was: dict[str, Fact] = {} if before is None else {"schedule": before.type, "cron": before.cron}
    now: dict[str, Fact] = (
        {} if plan.when in ("Manual", "None") else {"schedule": plan.when, "cron": plan.cron}
    )
    return {} if plan.when == "Manual" else changes_between(was, now)
