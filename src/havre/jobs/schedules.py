"""Cron schedules for the slices that have them: one for each vendor type and number, or none.

When its moment comes, an execution with one job of kind `vendor_type` starts; the job's payload is the
schedule's and `vendor_id`. Who may set it is the slice's to decide.
"""

from havre.jobs.cron import cron_of, next_after
from havre.jobs.model import CronSchedule, NewSchedule
from havre.jobs.store import schedules
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Reader, Work


async def set_schedule(work: Work, clock: Clock, new: NewSchedule) -> CronSchedule:
    """Set or replace a schedule of type Hourly, Daily, Weekly or Custom; its first moment is after now.

    `Manual` and `None` of the contract are no schedules: start an execution, or delete the schedule.
    Raises: CronInvalid.
    """
    now = clock.now()
    cron = cron_of(new.type, new.cron)
    return await schedules.put(work, new, cron, to_micros(next_after(cron, now)), to_micros(now))


async def find_schedule(reader: Reader, vendor_type: str, vendor_id: int) -> CronSchedule | None:
    """Read a schedule, None when there is none."""
    return await schedules.find(reader, vendor_type, vendor_id)


async def delete_schedule(work: Work, vendor_type: str, vendor_id: int) -> bool:
    """Delete a schedule; False when there was none. What it started goes on."""
    return await schedules.delete(work, vendor_type, vendor_id)
