"""Operations that purge the audit journal."""

from typing import Final

from starlette.responses import PlainTextResponse, Response

from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.history import history_shape, schedule_shape
from havre.edge.api.wire.purge import PurgeSchedule, plan_of


async def _history(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    found = await parts.purges.history(request.actor, page)
    return page_of(request, page, [history_shape(execution) for execution in found.items], found.total)


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(history_shape(await parts.purges.find(request.actor, request.number("purge_id"))))


async def _stop(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.purges.stop(request.actor, request.number("purge_id"))
    return done()


async def _log(parts: ApiParts, request: ApiRequest) -> Response:
    return PlainTextResponse(await parts.purges.log(request.actor, request.number("purge_id")))


async def _schedule(parts: ApiParts, request: ApiRequest) -> Response:
    return item(schedule_shape(await parts.purges.schedule(request.actor)))


async def _create_schedule(parts: ApiParts, request: ApiRequest) -> Response:
    number = await parts.purges.plan(request.actor, plan_of(await request.body(PurgeSchedule)))
    return created(f"/system/purgeaudit/{'schedule' if number is None else number}")


async def _update_schedule(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.purges.plan(request.actor, plan_of(await request.body(PurgeSchedule)), "update")
    return done()


HANDLERS: Final[Handlers] = {
    "getPurgeHistory": _history,
    "getPurgeJob": _get,
    "stopPurge": _stop,
    "getPurgeJobLog": _log,
    "getPurgeSchedule": _schedule,
    "createPurgeSchedule": _create_schedule,
    "updatePurgeSchedule": _update_schedule,
}
