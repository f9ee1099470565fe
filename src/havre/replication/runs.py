"""Runs of rules as people see them: start, list, stop, tasks, log. plan.py and copy_repository.py do them."""

from dataclasses import dataclass

from havre.access import require_system
from havre.jobs import (
    Cause,
    ExecutionFilter,
    State,
    find_execution,
    find_task,
    list_executions,
    list_tasks,
    read_log,
    stop_execution,
)
from havre.jobs.model import Execution, Task
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database
from havre.replication import policy_store as store
from havre.replication.errors import PolicyDisabled, PolicyUnknown
from havre.replication.events import ReplicationStarted, ReplicationStopped
from havre.replication.policy_model import KIND, TASK_KIND
from havre.replication.start import start_run

_RESOURCE = "replication"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs a list shows; None does not ask."""

    policy_id: int | None = None
    state: State | None = None
    cause: Cause | None = None
    is_oldest_first: bool = False


class ReplicationRuns:
    """Steers runs, for administrators."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def start(self, actor: Actor, policy_id: int) -> int:
        """Start a rule over everything that it is about and return the run's number.

        Raises: PolicyUnknown, PolicyDisabled, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "create")
        async with self._database.write() as work:
            policy = await store.lock(work, policy_id)
            if policy is None:
                raise PolicyUnknown(policy_id)
            if not policy.words.is_enabled:
                raise PolicyDisabled(policy_id)
            execution_id = await start_run(work, self._clock, policy, Cause.MANUAL)
            work.announce(
                ReplicationStarted(
                    actor=actor,
                    resource=policy.words.name,
                    policy_id=policy_id,
                    execution_id=execution_id,
                )
            )
        return execution_id

    async def list(self, actor: Actor, wanted: RunFilter, page: PageRequest) -> NumberedPage[Execution]:
        """List runs, newest first unless asked; always three queries.

        Raises: Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "list")
        found = ExecutionFilter(
            KIND, wanted.policy_id, wanted.state, wanted.cause, wanted.is_oldest_first, TASK_KIND
        )
        async with self._database.read() as reader:
            return await list_executions(reader, found, page)

    async def get(self, actor: Actor, execution_id: int) -> Execution:
        """Read a run.

        Raises: ExecutionUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        async with self._database.read() as reader:
            return await find_execution(reader, execution_id, KIND, TASK_KIND)

    async def stop(self, actor: Actor, execution_id: int) -> None:
        """Ask a run to stop; what it copied stays, and a transfer that broke off is gone on with by the next.

        Raises: ExecutionUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "create")
        async with self._database.write() as work:
            found = await find_execution(work, execution_id, KIND)
            policy = await store.find(work, found.vendor_id)
            await stop_execution(work, self._clock, execution_id)
            work.announce(
                ReplicationStopped(
                    actor=actor,
                    resource=str(found.vendor_id) if policy is None else policy.words.name,
                    policy_id=found.vendor_id,
                    execution_id=execution_id,
                )
            )

    async def tasks(
        self, actor: Actor, execution_id: int, state: State | None, page: PageRequest
    ) -> NumberedPage[Task]:
        """List the repositories of a run.

        Raises: ExecutionUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "list")
        async with self._database.read() as reader:
            await find_execution(reader, execution_id, KIND)
            return await list_tasks(reader, execution_id, page, state, TASK_KIND)

    async def log(self, actor: Actor, execution_id: int, task_id: int) -> str:
        """Read what was said of a repository.

        Raises: JobUnknown, ExecutionUnknown, Unauthenticated, Denied.
        """
        require_system(actor, _RESOURCE, "read")
        async with self._database.read() as reader:
            await find_execution(reader, execution_id, KIND)
            await find_task(reader, execution_id, task_id)
            return await read_log(reader, task_id)
