"""Steer: stop jobs, and stop, pause or resume queues, for system administrators."""

from collections.abc import Sequence
from enum import StrEnum

from havre.access import require_system
from havre.jobs.errors import QueueUnknown
from havre.jobs.events import JobQueueSteered, JobStopOrdered
from havre.jobs.model import ALL
from havre.jobs.monitor import find_job
from havre.jobs.store import executions, queues
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database, Work


class QueueAction(StrEnum):
    """What can be done to a queue: end what waits, let nothing start, let it start again."""

    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"


class SteerJobs:
    """Steers jobs and queues."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def stop_job(self, actor: Actor, job_id: str) -> None:
        """Ask a job to stop, or with `all` every one that runs; one that waits is ended at once.

        Raises: Unauthenticated, Denied, JobUnknown.
        """
        require_system(actor, "jobservice-monitor", "stop")
        now = to_micros(self._clock.now())
        async with self._database.write() as work:
            if job_id.lower() == ALL:
                await queues.stop_running(work, now)
            else:
                await self._stop_one(work, job_id, now)
            work.announce(JobStopOrdered(actor=actor, resource=job_id.lower()))

    async def _stop_one(self, work: Work, job_id: str, now: int) -> None:
        task = await find_job(work, job_id)
        ids = [] if task.execution_id is None else [task.execution_id]
        await executions.lock_executions(work, ids)
        await queues.stop_job(work, task.id, now)
        await executions.roll_up(work, ids, now)

    async def queue(self, actor: Actor, kind: str, action: QueueAction) -> None:
        """Act on the queue of a kind, in any case, or with `all` on every one.

        The queue SCHEDULER stands for all cron schedules: pausing it pauses them.
        Raises: Unauthenticated, Denied, QueueUnknown.
        """
        require_system(actor, "jobservice-monitor", "stop")
        async with self._database.write() as work:
            kinds = await _kinds(work, kind)
            if action is QueueAction.STOP:
                await self._stop_waiting(work, kinds)
            else:
                await queues.set_paused(work, kinds, is_paused=action is QueueAction.PAUSE)
            resource = ALL if kind.lower() == ALL else kinds[0]
            work.announce(JobQueueSteered(actor=actor, resource=resource, action=str(action)))

    async def _stop_waiting(self, work: Work, kinds: Sequence[str]) -> None:
        now = to_micros(self._clock.now())
        ids = await queues.executions_waiting_in(work, kinds)
        await executions.lock_executions(work, ids)
        await queues.stop_waiting_in(work, kinds, now)
        await executions.roll_up(work, ids, now)


async def _kinds(work: Work, kind: str) -> Sequence[str]:
    if kind.lower() == ALL:
        return await queues.all_queues(work)
    found = await queues.queues_named(work, kind)
    if not found:
        raise QueueUnknown(kind)
    return found
