"""Purges as administrators see them: start, schedule, history, log, stop; and the job that does one."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal

from havre.access import require_system
from havre.audit.errors import PurgeInvalid
from havre.audit.events import JournalPurged, PurgeScheduled, PurgeStopped
from havre.audit.model import PurgeReport, PurgeWish
from havre.audit.purge import Purge
from havre.jobs import (
    ExecutionFilter,
    JobContext,
    JobOptions,
    NewExecution,
    NewSchedule,
    amend_execution,
    delete_schedule,
    enqueue,
    find_execution,
    find_schedule,
    list_executions,
    list_tasks,
    read_log,
    set_schedule,
    start_execution,
    stop_execution,
)
from havre.jobs.model import CronSchedule, Execution, Payload
from havre.kernel.actor import Actor, system
from havre.kernel.clock import Clock
from havre.kernel.events import Changes, Fact, changes_between
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database

KIND: Final = "PURGE_AUDIT_LOG"  # Harbor's vendor type
_NO_ONE: Final = -1  # there is one schedule, of nothing in particular
_LONGEST_HOURS: Final = 240_000  # Harbor's limit, 27 years
_FIRST: Final = PageRequest(1, 1)

Released = Callable[[], Awaitable[int | None]]  # the last id that may go; None: nothing is forwarded
When = Literal["Manual", "None", "Hourly", "Daily", "Weekly", "Custom"]


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """What to purge and when; `operations` names whole operations (`pull`), beside the event types."""

    when: When
    cron: str = ""
    retention_hours: int = 0
    event_types: tuple[str, ...] = ()
    operations: tuple[str, ...] = ()
    is_dry_run: bool = False


async def _nothing_is_forwarded() -> int | None:
    return None


class Purges:
    """Steers purges; administrators only. Rows that are to be forwarded stay until they are."""

    def __init__(
        self, database: Database, clock: Clock, purge: Purge, released: Released = _nothing_is_forwarded
    ) -> None:
        self._database = database
        self._clock = clock
        self._purge = purge
        self._released = released

    async def plan(
        self, actor: Actor, plan: PurgePlan, right: Literal["create", "update"] = "create"
    ) -> int | None:
        """Start a purge (`Manual`, returns its number), schedule one, or end the schedule (`None`).

        Raises: PurgeInvalid, CronInvalid, Unauthenticated, Denied.
        """
        require_system(actor, "purge-audit", right)
        check_plan(plan)
        number: int | None = None
        payload = _payload(plan)
        async with self._database.write() as work:
            before = await find_schedule(work, KIND, _NO_ONE)
            if plan.when == "Manual":
                number = await start_execution(work, self._clock, NewExecution(KIND, extra=dict(payload)))
                options = JobOptions(max_attempts=3, execution_id=number)
                await enqueue(work, self._clock, KIND, payload, options)
            elif plan.when == "None":
                await delete_schedule(work, KIND, _NO_ONE)
            else:
                new = NewSchedule(KIND, _NO_ONE, plan.when, plan.cron, payload)
                await set_schedule(work, self._clock, new)
            resource = "schedule" if number is None else str(number)
            work.announce(PurgeScheduled(actor=actor, resource=resource, changes=_changes(before, plan)))
        return number

    async def schedule(self, actor: Actor) -> CronSchedule | None:
        """Read the schedule. Raises: Unauthenticated, Denied."""
        require_system(actor, "purge-audit", "read")
        async with self._database.read() as reader:
            return await find_schedule(reader, KIND, _NO_ONE)

    async def history(self, actor: Actor, page: PageRequest) -> NumberedPage[Execution]:
        """List purges, newest first. Raises: Unauthenticated, Denied."""
        require_system(actor, "purge-audit", "list")
        async with self._database.read() as reader:
            return await list_executions(reader, ExecutionFilter(KIND), page)

    async def find(self, actor: Actor, number: int) -> Execution:
        """Read one purge. Raises: ExecutionUnknown, Unauthenticated, Denied."""
        require_system(actor, "purge-audit", "read")
        async with self._database.read() as reader:
            return await find_execution(reader, number, KIND)

    async def log(self, actor: Actor, number: int) -> str:
        """Read what a purge said. Raises: ExecutionUnknown, Unauthenticated, Denied."""
        require_system(actor, "purge-audit", "read")
        async with self._database.read() as reader:
            await find_execution(reader, number, KIND)
            tasks = await list_tasks(reader, number, _FIRST)
            return await read_log(reader, tasks.items[0].id) if tasks.items else ""

    async def stop(self, actor: Actor, number: int) -> None:
        """Ask a purge to stop; what it deleted stays deleted.

        Raises: ExecutionUnknown, Unauthenticated, Denied.
        """
        require_system(actor, "purge-audit", "stop")
        async with self._database.write() as work:
            await find_execution(work, number, KIND)
            await stop_execution(work, self._clock, number)
            work.announce(PurgeStopped(actor=actor, resource=str(number)))

    async def run(self, job: JobContext) -> None:
        """Do the purge of a job."""
        wish, released = self._wish(job), await self._released()
        if released is not None:
            wish = replace(wish, up_to_id=released)

        def progress(line: str) -> None:
            job.log(line)
            job.raise_if_stopped()

        job.log(f"purging what is older than {wish.before.isoformat()}")
        report = await self._purge.run(wish, progress)
        job.log(_told(report))
        number = job.execution_id
        async with job.finish() as work:
            if number is not None:
                extra = {"purged": report.purged}
                await amend_execution(work, self._clock, number, extra, _told(report))
            purged = JournalPurged(
                actor=system("audit purge"),
                resource="" if number is None else str(number),
                purged=report.purged,
                is_dry_run=report.is_dry_run,
            )
            work.announce(purged)

    def _wish(self, job: JobContext) -> PurgeWish:
        return PurgeWish(
            before=self._clock.now() - timedelta(hours=job.number("audit_retention_hour")),
            event_types=tuple(filter(None, job.text("include_event_types").split(","))),
            operations=tuple(filter(None, job.text("include_operations").split(","))),
            is_dry_run=job.flag("dry_run"),
        )


def check_plan(plan: PurgePlan) -> None:
    """Check the numbers and words of a plan.

    Raises: PurgeInvalid.
    """
    if not 0 <= plan.retention_hours <= _LONGEST_HOURS:
        raise PurgeInvalid(f"audit_retention_hour must be from 0 to {_LONGEST_HOURS}")
    for word in (*plan.event_types, *plan.operations):
        if len(word) > 100 or not word.replace("_", "").replace("-", "").isalnum() or not word.isascii():
            raise PurgeInvalid(f"{word[:80]!r} is no event type or operation, such as create_artifact")


def _payload(plan: PurgePlan) -> Payload:
    """Keep a plan under Harbor's names, as a job's payload and as what is shown of it."""
    return {
        "audit_retention_hour": plan.retention_hours,
        "dry_run": plan.is_dry_run,
        "include_event_types": ",".join(plan.event_types),
        "include_operations": ",".join(plan.operations),
    }


def _changes(before: CronSchedule | None, plan: PurgePlan) -> Changes:
    told = {"when": plan.when, "cron": plan.cron or None, **_payload(plan)}
    after: dict[str, Fact] = {} if plan.when == "None" else told
    if before is None or plan.when == "Manual":
        return changes_between({}, after)
    return changes_between({"when": before.type, "cron": before.cron, **before.payload}, after)


def _told(report: PurgeReport) -> str:
    verb = "would be" if report.is_dry_run else "were"
    told = f"{report.purged} rows {verb} deleted"
    if report.waiting:
        told += f"; {report.waiting} are not forwarded yet and wait for a later purge"
    return told
