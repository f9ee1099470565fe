"""Operations on retention policies and their runs; the simulation is beside the contract."""

from typing import Final

from starlette.responses import PlainTextResponse, Response

from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.retention import (
    OperateRequest,
    PolicyShape,
    StartRequest,
    metadata,
    policy_shape,
    run_shape,
    task_shape,
)
from havre.edge.api.wire.simulation import SimulationRequest, simulation_shape

_LARGEST_PAGE: Final = 1000  # of a simulation: each page judges its repositories again


async def _metadata(parts: ApiParts, request: ApiRequest) -> Response:
    return item(metadata())


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(PolicyShape)
    policy_id = await parts.retention.change.create(request.actor, wanted.project(), wanted.read())
    return created(f"/retentions/{policy_id}")


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(policy_shape(await parts.retention.read.get(request.actor, request.number("id"))))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(PolicyShape)
    await parts.retention.change.update(
        request.actor, request.number("id"), wanted.read(), wanted.scope.ref or None
    )
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.retention.change.delete(request.actor, request.number("id"))
    return done()


async def _start(parts: ApiParts, request: ApiRequest) -> Response:
    policy_id, wanted = request.number("id"), await request.body(StartRequest)
    execution_id = await parts.retention.runs.start(request.actor, policy_id, is_dry_run=wanted.dry_run)
    return created(f"/retentions/{policy_id}/executions/{execution_id}")


async def _runs(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    found = await parts.retention.runs.list(request.actor, request.number("id"), page)
    return page_of(request, page, [run_shape(execution) for execution in found.items], found.total)


async def _operate(parts: ApiParts, request: ApiRequest) -> Response:
    (await request.body(OperateRequest)).check()
    await parts.retention.runs.stop(request.actor, request.number("id"), request.number("eid"))
    return done()


async def _tasks(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    found = await parts.retention.runs.tasks(request.actor, request.number("id"), request.number("eid"), page)
    return page_of(request, page, [task_shape(task) for task in found.items], found.total)


async def _log(parts: ApiParts, request: ApiRequest) -> Response:
    numbers = request.number("id"), request.number("eid"), request.number("tid")
    return PlainTextResponse(await parts.retention.runs.log(request.actor, *numbers))


async def _simulate(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.optional_body(SimulationRequest) or SimulationRequest()
    policy = None if wanted.policy is None else wanted.policy.read()
    after, size = request.query("after") or "", request.size(most=_LARGEST_PAGE)
    page = await parts.retention.simulate.page(request.actor, request.project(), policy, after, size)
    return item(simulation_shape(page))


HANDLERS: Final[Handlers] = {
    "getRentenitionMetadata": _metadata,
    "createRetention": _create,
    "getRetention": _get,
    "updateRetention": _update,
    "deleteRetention": _delete,
    "triggerRetentionExecution": _start,
    "listRetentionExecutions": _runs,
    "operateRetentionExecution": _operate,
    "listRetentionTasks": _tasks,
    "getRetentionTaskLog": _log,
}
ADDED: Final[Handlers] = {"simulateRetention": _simulate}
