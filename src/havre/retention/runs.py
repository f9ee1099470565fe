"""Runs of policies as people see them: start, list, stop, tasks, log. apply.py does them."""

from typing import Literal

from havre.access import Access
from havre.jobs import (
    ExecutionFilter,
    JobOptions,
    NewExecution,
    enqueue,
    find_execution,
    find_task,
    list_executions,
    list_tasks,
    read_log,
    start_execution,
    stop_execution,
)
from havre.jobs.errors import ExecutionUnknown
from havre.jobs.model import Execution, Task
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database, Reader
from havre.retention import policy_store as store
from havre.retention.apply import TASK_KIND
from havre.retention.errors import RetentionUnknown
from havre.retention.events import RetentionStarted, RetentionStopped
from havre.retention.policy import KIND, Policy
from havre.retention.read_policy import find_policy


class RetentionRuns:
    """Steers runs; one of a policy for each start."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def start(self, actor: Actor, policy_id: int, *, is_dry_run: bool) -> int:
        """Start a run and return its number; a dry run deletes nothing.

        Raises: RetentionUnknown, Unauthenticated, Denied.
        """
        policy, project = await self._pass(actor, policy_id, "operate")
        async with self._database.write() as work:
            if await store.hold(work, policy_id) is None:
                raise RetentionUnknown(policy_id)
            new = NewExecution(KIND, policy_id, extra={"dry_run": is_dry_run})
            execution_id = await start_execution(work, self._clock, new)
            payload = {"vendor_id": policy_id, "dry_run": is_dry_run}
            await enqueue(work, self._clock, KIND, payload, JobOptions(execution_id=execution_id))
            work.announce(
                RetentionStarted(
                    actor=actor,
                    resource=project,
                    project_id=policy.project_id,
                    policy_id=policy_id,
                    execution_id=execution_id,
                    is_dry_run=is_dry_run,
                )
            )
        return execution_id

    async def list(self, actor: Actor, policy_id: int, page: PageRequest) -> NumberedPage[Execution]:
        """List the runs of a policy, newest first. Raises: RetentionUnknown, Unauthenticated, Denied."""
        await self._pass(actor, policy_id, "list")
        async with self._database.read() as reader:
            return await list_executions(reader, ExecutionFilter(KIND, policy_id), page)

    async def stop(self, actor: Actor, policy_id: int, execution_id: int) -> None:
        """Ask a run to stop; it does so between artifacts, and what it deleted stays deleted.

        Raises: ExecutionUnknown, RetentionUnknown, Unauthenticated, Denied.
        """
        policy, project = await self._pass(actor, policy_id, "operate")
        async with self._database.write() as work:
            await _own(work, policy_id, execution_id)
            await stop_execution(work, self._clock, execution_id)
            work.announce(
                RetentionStopped(
                    actor=actor,
                    resource=project,
                    project_id=policy.project_id,
                    policy_id=policy_id,
                    execution_id=execution_id,
                )
            )

    async def tasks(
        self, actor: Actor, policy_id: int, execution_id: int, page: PageRequest
    ) -> NumberedPage[Task]:
        """List the repositories of a run.

        Raises: ExecutionUnknown, RetentionUnknown, Unauthenticated, Denied.
        """
        await self._pass(actor, policy_id, "list")
        async with self._database.read() as reader:
            await _own(reader, policy_id, execution_id)
            return await list_tasks(reader, execution_id, page, kind=TASK_KIND)

    async def log(self, actor: Actor, policy_id: int, execution_id: int, task_id: int) -> str:
        """Read what was said of a repository.

        Raises: JobUnknown, ExecutionUnknown, RetentionUnknown, Unauthenticated, Denied.
        """
        await self._pass(actor, policy_id, "read")
        async with self._database.read() as reader:
            await _own(reader, policy_id, execution_id)
            await find_task(reader, execution_id, task_id)
            return await read_log(reader, task_id)

    async def _pass(
        self, actor: Actor, policy_id: int, action: Literal["read", "list", "operate"]
    ) -> tuple[Policy, str]:
        policy = await find_policy(self._database, actor, policy_id)
        standing = await self._access.require(actor, "tag-retention", action, policy.project_id)
        return policy, standing.name


async def _own(reader: Reader, policy_id: int, execution_id: int) -> Execution:
    """Find a run of this policy and of no other: rights were asked for its project.

    Raises: ExecutionUnknown.
    """
    found = await find_execution(reader, execution_id, KIND)
    if found.vendor_id != policy_id:
        raise ExecutionUnknown(execution_id)
    return found
