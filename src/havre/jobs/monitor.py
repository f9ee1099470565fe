"""Monitor: pools, workers, queues, schedules and logs, for system administrators."""

from collections.abc import Sequence
from datetime import timedelta

from havre.access import refusal, require_system
from havre.jobs.errors import JobUnknown, PoolUnknown
from havre.jobs.forget import SILENT_LEASES
from havre.jobs.model import ALL, SCHEDULER_QUEUE, CronSchedule, Queue, Task, Worker, WorkerPool
from havre.jobs.settings import JobsSettings
from havre.jobs.store import executions, logs, queues, schedules
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database, Reader


class MonitorJobs:
    """Shows what jobs there are and who runs them."""

    def __init__(self, database: Database, clock: Clock, settings: JobsSettings) -> None:
        self._database = database
        self._clock = clock
        self._silent = timedelta(seconds=SILENT_LEASES * settings.lease_s)

    async def pools(self, actor: Actor) -> Sequence[WorkerPool]:
        """List the processes that run jobs and lately said so. Raises: Unauthenticated, Denied."""
        require_system(actor, "jobservice-monitor", "list")
        async with self._database.read() as reader:
            return await self._pools(reader)

    async def workers(self, actor: Actor, pool_id: str) -> Sequence[Worker]:
        """List what the pools run, and their free places; `all` is every pool.

        Raises: Unauthenticated, Denied, PoolUnknown.
        """
        require_system(actor, "jobservice-monitor", "list")
        async with self._database.read() as reader:
            pools = await self._pools(reader)
            if pool_id.lower() != ALL:
                pools = [pool for pool in pools if pool.id == pool_id]
                if not pools:
                    raise PoolUnknown(pool_id)
            running = await queues.list_running(reader, [pool.id for pool in pools])
        return [worker for pool in pools for worker in _workers_of(pool, running)]

    async def queues(self, actor: Actor) -> Sequence[Queue]:
        """List every queue. Raises: Unauthenticated, Denied."""
        require_system(actor, "jobservice-monitor", "list")
        async with self._database.read() as reader:
            return await queues.list_queues(reader, to_micros(self._clock.now()))

    async def log(self, actor: Actor, job_id: str) -> str:
        """Read what a job said so far. Raises: Unauthenticated, Denied, JobUnknown."""
        require_system(actor, "jobservice-monitor", "list")
        async with self._database.read() as reader:
            task = await find_job(reader, job_id)
            return await logs.read(reader, task.id)

    async def schedules(self, actor: Actor, page: PageRequest) -> NumberedPage[CronSchedule]:
        """List every cron schedule. Raises: Unauthenticated, Denied."""
        require_system(actor, "jobservice-monitor", "list")
        async with self._database.read() as reader:
            return NumberedPage(*await schedules.list_all(reader, page))

    async def is_scheduler_paused(self, actor: Actor) -> bool:
        """Tell whether all schedules are paused. Raises: Unauthenticated."""
        if not actor.is_authenticated or actor.grants is not None:
            raise refusal(actor, "see whether schedules are paused")
        async with self._database.read() as reader:
            return await queues.is_paused(reader, SCHEDULER_QUEUE)

    async def _pools(self, reader: Reader) -> Sequence[WorkerPool]:
        return await queues.list_pools(reader, to_micros(self._clock.now() - self._silent))


async def find_job(reader: Reader, job_id: str) -> Task:
    """Read a job by its number as text. Raises: JobUnknown."""
    is_number = job_id.isascii() and job_id.isdigit() and len(job_id) < 19  # 64 bits, as the column
    found = await executions.find_task(reader, int(job_id)) if is_number else None
    if found is None:
        raise JobUnknown(job_id)
    return found


def _workers_of(pool: WorkerPool, running: Sequence[tuple[str, Task]]) -> Sequence[Worker]:
    tasks: list[Task | None] = [task for pool_id, task in running if pool_id == pool.id]
    tasks += [None] * (pool.workers - len(tasks))
    return [Worker(f"{pool.id}-{place}", pool.id, task) for place, task in enumerate(tasks, 1)]
