"""Operations of garbage collection."""

from typing import Final

from starlette.responses import PlainTextResponse, Response

from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.query import Query
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.execution import WORDS
from havre.edge.api.wire.gc import CollectionSchedule, plan_of
from havre.edge.api.wire.history import history_shape, schedule_shape
from havre.jobs.model import Cause, State
from havre.registry import CollectionFilter

_STATES: Final = {word.lower(): state for state, word in WORDS.items()}
_ORDERS: Final = frozenset({"id", "creation_time", "start_time"})


async def _history(parts: ApiParts, request: ApiRequest) -> Response:
    page, query = request.page(), request.filters("job_status", "status", "job_kind", "trigger")
    order = read_order(request.query("sort"), _ORDERS)
    wanted = CollectionFilter(_state(query), _cause(query), order != "" and not order.startswith("-"))
    found = await parts.collections.history(request.actor, wanted, page)
    return page_of(request, page, [history_shape(execution) for execution in found.items], found.total)


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(history_shape(await parts.collections.find(request.actor, request.number("gc_id"))))


async def _stop(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.collections.stop(request.actor, request.number("gc_id"))
    return done()


async def _log(parts: ApiParts, request: ApiRequest) -> Response:
    return PlainTextResponse(await parts.collections.log(request.actor, request.number("gc_id")))


async def _schedule(parts: ApiParts, request: ApiRequest) -> Response:
    return item(schedule_shape(await parts.collections.schedule(request.actor)))


async def _create_schedule(parts: ApiParts, request: ApiRequest) -> Response:
    number = await parts.collections.plan(request.actor, plan_of(await request.body(CollectionSchedule)))
    return created(f"/system/gc/{'schedule' if number is None else number}")


async def _update_schedule(parts: ApiParts, request: ApiRequest) -> Response:
    plan = plan_of(await request.body(CollectionSchedule))
    await parts.collections.plan(request.actor, plan, "update")
    return done()


def _state(query: Query) -> State | None:
    text = query.exact("job_status") or query.exact("status")
    if text is None:
        return None
    state = _STATES.get(text.lower())
    if state is None:
        raise SchemaViolated(f"status in q must be one of {', '.join(WORDS.values())}, not {text[:40]!r}")
    return state


def _cause(query: Query) -> Cause | None:
    text = query.exact("job_kind") or query.exact("trigger")
    if text is None:
        return None
    if text.upper() not in {cause.value for cause in Cause}:
        raise SchemaViolated(f"trigger in q must be one of {', '.join(Cause)}, not {text[:40]!r}")
    return Cause(text.upper())


HANDLERS: Final[Handlers] = {
    "getGCHistory": _history,
    "getGC": _get,
    "stopGC": _stop,
    "getGCLog": _log,
    "getGCSchedule": _schedule,
    "createGCSchedule": _create_schedule,
    "updateGCSchedule": _update_schedule,
}
