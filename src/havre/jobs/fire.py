"""Fire: start the executions of cron schedules whose moment came, each by exactly one process.

Moments that passed while nobody ran, or while the scheduler was paused, are made up for by one execution.
"""

from typing import Final

from havre.jobs.cron import next_after
from havre.jobs.model import Cause, CronSchedule, JobOptions, NewExecution
from havre.jobs.store import claims, executions, schedules
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database

_AT_ONCE: Final = 100


async def fire_due(database: Database, clock: Clock) -> None:
    """Start what is due."""
    now = to_micros(clock.now())
    async with database.read() as reader:
        due = await schedules.due(reader, now, _AT_ONCE)
    for schedule in due:
        await _fire(database, clock, schedule)


async def _fire(database: Database, clock: Clock, schedule: CronSchedule) -> None:
    now, seen = clock.now(), to_micros(schedule.next_run_at)
    async with database.write() as work:
        if not await schedules.take_cron_turn(
            work, schedule, seen, to_micros(next_after(schedule.cron, now))
        ):
            return
        new = NewExecution(schedule.vendor_type, schedule.vendor_id, Cause.SCHEDULE)
        execution_id = await executions.add_execution(work, new, to_micros(now))
        payload = {**schedule.payload, "vendor_id": schedule.vendor_id}
        options = JobOptions(execution_id=execution_id)
        await claims.add_job(work, schedule.vendor_type, payload, options, to_micros(now))
