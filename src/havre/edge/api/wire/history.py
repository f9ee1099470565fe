"""The shape of an entry in the history of runs that a schedule may start: collections and purges."""

from datetime import datetime

import msgspec

from havre.edge.api.wire.execution import WORDS
from havre.edge.api.wire.schedule import ScheduleObj
from havre.jobs.model import Cause, CronSchedule, Execution


class ExecHistory(msgspec.Struct, omit_defaults=True):
    """`ExecHistory`, and `GCHistory`, which is the same."""

    id: int | None = None
    job_name: str | None = None
    job_kind: str | None = None
    job_parameters: str | None = None
    schedule: ScheduleObj | None = None
    job_status: str | None = None
    deleted: bool | None = None
    creation_time: datetime | None = None
    update_time: datetime | None = None


def history_shape(execution: Execution) -> ExecHistory:
    """Show a run; its parameters and its figures are JSON in a text, as Harbor has it."""
    return ExecHistory(
        id=execution.id,
        job_name=execution.vendor_type,
        job_kind=execution.cause.value,
        job_parameters=msgspec.json.encode(execution.extra).decode(),
        schedule=ScheduleObj("Manual" if execution.cause is Cause.MANUAL else "Schedule"),
        job_status=WORDS[execution.state],
        deleted=False,
        creation_time=execution.started_at,
        update_time=execution.updated_at,
    )


def schedule_shape(schedule: CronSchedule | None) -> ExecHistory:
    """Show the schedule; nothing but its type when there is none."""
    if schedule is None:
        return ExecHistory(schedule=ScheduleObj("None"))
    return ExecHistory(
        id=schedule.id,
        job_name=schedule.vendor_type,
        job_kind="SCHEDULE",
        job_parameters=msgspec.json.encode(schedule.payload).decode(),
        schedule=msgspec.convert(
            {"type": schedule.type, "cron": schedule.cron, "next_scheduled_time": schedule.next_run_at},
            ScheduleObj,
        ),
        deleted=False,
        creation_time=schedule.created_at,
        update_time=schedule.updated_at,
    )
