"""Operations on scans of everything."""

from typing import Final

import msgspec
from starlette.responses import Response

from havre.edge.api.conventions import created, done, item
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.execution import WORDS
from havre.edge.api.wire.history import schedule_shape
from havre.edge.api.wire.schedule import ScheduleObj
from havre.jobs.model import Cause, Execution, State
from havre.scanning.scan_all import ScanPlan

_ENDED: Final = frozenset({State.SUCCEEDED, State.FAILED, State.STOPPED})
_TRIGGERS: Final = {Cause.MANUAL: "Manual", Cause.SCHEDULE: "Schedule", Cause.EVENT: "Event"}


class ScanSchedule(msgspec.Struct):
    """`Schedule`."""

    schedule: ScheduleObj


class Stats(msgspec.Struct, omit_defaults=True):
    """`Stats`."""

    total: int
    completed: int
    metrics: dict[str, int]
    ongoing: bool
    trigger: str = ""


def plan_of(body: ScanSchedule) -> ScanPlan:
    """Read when everything is to be scanned.

    Raises: SchemaViolated when the schedule has no type.
    """
    when = body.schedule.type
    if when is None:
        raise SchemaViolated("schedule.type is missing: use Hourly, Daily, Weekly, Custom, Manual or None")
    return ScanPlan("Custom" if when == "Schedule" else when, body.schedule.cron or "")


def stats_of(execution: Execution | None) -> Stats:
    """Show how a scan of everything is, in images."""
    if execution is None:
        return Stats(0, 0, {}, ongoing=False)
    counts = {state: count for state, count in execution.tasks.items() if count}
    return Stats(
        total=sum(counts.values()),
        completed=sum(count for state, count in counts.items() if state in _ENDED),
        metrics={WORDS[state]: count for state, count in counts.items()},
        ongoing=execution.state not in _ENDED,
        trigger=_TRIGGERS[execution.cause],
    )


async def _schedule(parts: ApiParts, request: ApiRequest) -> Response:
    return item(schedule_shape(await parts.scan.everything.schedule(request.actor)))


async def _create_schedule(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.scan.everything.plan(request.actor, plan_of(await request.body(ScanSchedule)))
    return created("/system/scanAll/schedule")


async def _update_schedule(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.scan.everything.plan(request.actor, plan_of(await request.body(ScanSchedule)), "update")
    return done()


async def _stop(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.scan.everything.stop(request.actor)
    return Response(status_code=202)


async def _latest(parts: ApiParts, request: ApiRequest) -> Response:
    return item(stats_of(await parts.scan.everything.latest(request.actor, Cause.MANUAL)))


async def _latest_scheduled(parts: ApiParts, request: ApiRequest) -> Response:
    return item(stats_of(await parts.scan.everything.latest(request.actor, Cause.SCHEDULE)))


HANDLERS: Final[Handlers] = {
    "getScanAllSchedule": _schedule,
    "createScanAllSchedule": _create_schedule,
    "updateScanAllSchedule": _update_schedule,
    "stopScanAll": _stop,
    "getLatestScanAllMetrics": _latest,
    "getLatestScheduledScanAllMetrics": _latest_scheduled,
}
