"""The shapes of schedules: the list of all, and the object that the tags with a schedule share."""

from datetime import datetime
from typing import Literal

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


class ScheduleObj(msgspec.Struct, omit_defaults=True):
    """`ScheduleObj`."""

    type: Literal["Manual", "None", "Hourly", "Daily", "Weekly", "Custom", "Schedule"] | None = None
    cron: str | None = None
    next_scheduled_time: datetime | None = None


def schedule_task_shape(schedule: CronSchedule) -> ScheduleTask:
    """Show a schedule in the list of all."""
    return ScheduleTask(
        schedule.id, schedule.vendor_type, schedule.vendor_id, schedule.cron, schedule.updated_at
    )
