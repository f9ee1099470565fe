"""The shapes of the purge operations."""

from datetime import datetime
from typing import Final

import msgspec

from havre.audit import PurgePlan
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.wire.execution import WORDS
from havre.edge.api.wire.schedule import ScheduleObj
from havre.jobs.model import CronSchedule, Execution

_JOB: Final = "PURGE_AUDIT_LOG"


class Parameters(msgspec.Struct):
    """What a purge is asked for; the texts are words joined by commas."""

    audit_retention_hour: int = 0
    dry_run: bool = False
    include_event_types: str = ""
    include_operations: str = ""


class PurgeSchedule(msgspec.Struct):
    """`Schedule` with a purge's parameters."""

    schedule: ScheduleObj
    parameters: Parameters = msgspec.field(default_factory=Parameters)


class ExecHistory(msgspec.Struct, omit_defaults=True):
    """`ExecHistory`."""

    id: int | None = None
    job_name: str | None = None
    job_kind: str | None = None
    job_parameters: str | None = None
    schedule: ScheduleObj | None = None
    job_status: str | None = None
    deleted: bool | None = None
    creation_time: datetime | None = None
    update_time: datetime | None = None


def plan_of(body: PurgeSchedule) -> PurgePlan:
    """Read what is to be purged and when.

    Raises: SchemaViolated when the schedule has no type; `Schedule` is Harbor's word for one with a cron.
    """
    when = body.schedule.type
    if when is None:
        raise SchemaViolated("schedule.type is missing: use Hourly, Daily, Weekly, Custom, Manual or None")
    return PurgePlan(
        when="Custom" if when == "Schedule" else when,
        cron=body.schedule.cron or "",
        retention_hours=body.parameters.audit_retention_hour,
        event_types=_words(body.parameters.include_event_types),
        operations=_words(body.parameters.include_operations),
        is_dry_run=body.parameters.dry_run,
    )


def purge_shape(execution: Execution) -> ExecHistory:
    """Show a purge."""
    return ExecHistory(
        id=execution.id,
        job_name=_JOB,
        job_kind=execution.cause.value,
        job_parameters=msgspec.json.encode(execution.extra).decode(),
        schedule=ScheduleObj("Manual" if execution.cause.value == "MANUAL" else "Schedule"),
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
        job_name=_JOB,
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


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))
