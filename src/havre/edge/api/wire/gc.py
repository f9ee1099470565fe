"""The shapes of the garbage collection operations."""

import msgspec

from havre.edge.api.faults import SchemaViolated
from havre.edge.api.wire.schedule import ScheduleObj
from havre.registry import CollectionPlan


class Parameters(msgspec.Struct):
    """What a collection is asked for."""

    delete_untagged: bool = False
    dry_run: bool = False
    workers: int = 1


class CollectionSchedule(msgspec.Struct):
    """`Schedule` with a collection's parameters."""

    schedule: ScheduleObj
    parameters: Parameters = msgspec.field(default_factory=Parameters)


def plan_of(body: CollectionSchedule) -> CollectionPlan:
    """Read what is to be collected and when.

    Raises: SchemaViolated when the schedule has no type; `Schedule` is Harbor's word for one with a cron.
    """
    when = body.schedule.type
    if when is None:
        raise SchemaViolated("schedule.type is missing: use Hourly, Daily, Weekly, Custom, Manual or None")
    return CollectionPlan(
        when="Custom" if when == "Schedule" else when,
        cron=body.schedule.cron or "",
        untagged=body.parameters.delete_untagged,
        is_dry_run=body.parameters.dry_run,
        workers=body.parameters.workers,
    )
