"""The shapes of the purge operations."""

import msgspec

from havre.audit import PurgePlan
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.wire.schedule import ScheduleObj


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


def _words(text: str) -> tuple[str, ...]:
    return tuple(word for part in text.split(",") if (word := part.strip()))
