"""Operations that list cron schedules. Each is set by the tag of what it starts."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import item, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.schedule import SchedulerStatus, schedule_task_shape
from havre.kernel.errors import Invalid


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    found = await parts.jobs.monitor.schedules(request.actor, page)
    return page_of(request, page, [schedule_task_shape(one) for one in found.items], found.total)


async def _paused(parts: ApiParts, request: ApiRequest) -> Response:
    if request.text("job_type").lower() != "all":  # the contract: only all at once
        raise Invalid(f"job_type in path must be 'all', not {request.text('job_type')[:40]!r}")
    return item(SchedulerStatus(await parts.jobs.monitor.is_scheduler_paused(request.actor)))


HANDLERS: Final[Handlers] = {"listSchedules": _list, "getSchedulePaused": _paused}
