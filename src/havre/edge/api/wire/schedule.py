"""The shapes of schedules: the list of all, and the object that the tags with a schedule share."""

from datetime import datetime

import msgspec

from havre.jobs.model import CronSchedule


class ScheduleTask(msgspec.Struct):
    """`ScheduleTask`."""

    id: int
    vendor_type: str
    vendor_id: int
    cron: str
    update_time: datetime


class SchedulerStatus(msgspec.Struct):
    """`SchedulerStatus`."""

    paused: bool


class ScheduleShape(msgspec.Struct, omit_defaults=True):
    """`ScheduleObj` as it is shown."""

    type: str
    cron: str = ""
    next_scheduled_time: datetime | None = None


def schedule_task_shape(schedule: CronSchedule) -> ScheduleTask:
    """Show a schedule in the list of all."""
    return ScheduleTask(
        schedule.id, schedule.vendor_type, schedule.vendor_id, schedule.cron, schedule.updated_at
    )


def schedule_shape(schedule: CronSchedule) -> ScheduleShape:
    """Show a schedule to those who set it."""
    return ScheduleShape(schedule.type, schedule.cron, schedule.next_run_at)
