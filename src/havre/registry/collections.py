"""Collections as administrators see them: start, schedule, history, log, stop. run_collection.py does"""

from dataclasses import dataclass
from typing import Final, Literal

from havre.access import require_system
from havre.jobs import (
    Cause,
    ExecutionFilter,
    JobOptions,
    NewExecution,
    NewSchedule,
    State,
    delete_schedule,
    enqueue,
    find_execution,
    find_schedule,
    list_executions,
    list_tasks,
    read_log,
    running_execution,
    set_schedule,
    start_execution,
    stop_execution,
)
from havre.jobs.model import CronSchedule, Execution, Payload
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import Changes, Fact, changes_between
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database, Work
from havre.registry.errors import CollectionInvalid, CollectionRunning
from havre.registry.events import CollectionScheduled, CollectionStopped

COLLECTION_KIND: Final = "GARBAGE_COLLECTION"  # Harbor's vendor type
MOST_WORKERS: Final = 5  # Harbor's limit
_NO_ONE: Final = -1  # there is one schedule, of nothing in particular
_FIRST: Final = PageRequest(1, 1)
_RESOURCE: Final = "garbage-collection"

When = Literal["Manual", "None", "Hourly", "Daily", "Weekly", "Custom"]


@dataclass(frozen=True, slots=True)
class CollectionPlan:
    """What to collect and when; `workers` batches of bytes are deleted at once."""

    when: When
    cron: str = ""
    untagged: bool = False
    is_dry_run: bool = False
    workers: int = 1


@dataclass(frozen=True, slots=True)
class CollectionFilter:
    """Which collections a list shows; None does not ask."""

    state: State | None = None
    cause: Cause | None = None
    is_oldest_first: bool = False


class Collections:
    """Steers collections; administrators only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def plan(
        self, actor: Actor, plan: CollectionPlan, right: Literal["create", "update"] = "create"
    ) -> int | None:
        """Start a collection (`Manual`, returns its number), schedule one, or end the schedule (`None`).

        Raises: CollectionInvalid, CollectionRunning, CronInvalid, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, right)
        if not 1 <= plan.workers <= MOST_WORKERS:
            raise CollectionInvalid(f"workers must be from 1 to {MOST_WORKERS}, not {plan.workers}")
        number: int | None = None
        async with self._database.write() as work:
            before = await find_schedule(work, COLLECTION_KIND, _NO_ONE)
            if plan.when == "Manual":
                number = await self._start(work, _payload(plan))
            elif plan.when == "None":
                await delete_schedule(work, COLLECTION_KIND, _NO_ONE)
            else:
                new = NewSchedule(COLLECTION_KIND, _NO_ONE, plan.when, plan.cron, _payload(plan))
                await set_schedule(work, self._clock, new)
            resource = "schedule" if number is None else str(number)
            work.announce(CollectionScheduled(actor=actor, resource=resource, changes=_changes(before, plan)))
        return number

    async def _start(self, work: Work, payload: Payload) -> int:
        running = await running_execution(work, COLLECTION_KIND)
        if running is not None:
            raise CollectionRunning(running)
        new = NewExecution(COLLECTION_KIND, extra=dict(payload))
        number = await start_execution(work, self._clock, new)
        options = JobOptions(max_attempts=3, execution_id=number)
        await enqueue(work, self._clock, COLLECTION_KIND, payload, options)
        return number

    async def schedule(self, actor: Actor) -> CronSchedule | None:
        """Read the schedule. Raises: Unauthenticated, Denied."""
        require_system(actor, _RESOURCE, "read")
        async with self._database.read() as reader:
            return await find_schedule(reader, COLLECTION_KIND, _NO_ONE)

    async def history(
        self, actor: Actor, wanted: CollectionFilter, page: PageRequest
    ) -> NumberedPage[Execution]:
        """List collections, newest first unless asked otherwise. Raises: Unauthenticated, Denied."""
        require_system(actor, _RESOURCE, "list")
        asked = ExecutionFilter(
            COLLECTION_KIND,
            state=wanted.state,
            cause=wanted.cause,
            is_oldest_first=wanted.is_oldest_first,
        )
        async with self._database.read() as reader:
            return await list_executions(reader, asked, page)

    async def find(self, actor: Actor, number: int) -> Execution:
        """Read one collection. Raises: ExecutionUnknown, Unauthenticated, Denied."""
        require_system(actor, _RESOURCE, "read")
        async with self._database.read() as reader:
            return await find_execution(reader, number, COLLECTION_KIND)

    async def log(self, actor: Actor, number: int) -> str:
        """Read what a collection said so far. Raises: ExecutionUnknown, Unauthenticated, Denied."""
        require_system(actor, _RESOURCE, "read")
        async with self._database.read() as reader:
            await find_execution(reader, number, COLLECTION_KIND)
            tasks = await list_tasks(reader, number, _FIRST)
            return await read_log(reader, tasks.items[0].id) if tasks.items else ""

    async def stop(self, actor: Actor, number: int) -> None:
        """Ask a collection to stop after its batch; what it deleted stays deleted.

        Raises: ExecutionUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "stop")
        async with self._database.write() as work:
            await find_execution(work, number, COLLECTION_KIND)
            await stop_execution(work, self._clock, number)
            work.announce(CollectionStopped(actor=actor, resource=str(number)))


def _payload(plan: CollectionPlan) -> Payload:
    """Keep a plan under Harbor's names, as a job's payload and as what is shown of it."""
    return {"delete_untagged": plan.untagged, "dry_run": plan.is_dry_run, "workers": plan.workers}


def _changes(before: CronSchedule | None, plan: CollectionPlan) -> Changes:
    told = {"when": plan.when, "cron": plan.cron or None, **_payload(plan)}
    after: dict[str, Fact] = {} if plan.when == "None" else told
    if before is None or plan.when == "Manual":
        return changes_between({}, after)
    return changes_between({"when": before.type, "cron": before.cron, **before.payload}, after)
