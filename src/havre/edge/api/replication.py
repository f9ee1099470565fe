"""Operations on rules of replication and their runs; how far a rule is stands beside the contract."""

from datetime import UTC, datetime
from typing import Final

from starlette.responses import PlainTextResponse, Response

from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.replication import (
    PolicyReq,
    StartRequest,
    policy_shape,
    read_cause,
    read_state,
    run_shape,
    states_shape,
    task_shape,
)
from havre.replication import RunFilter

_ORDERS: Final = ("id", "name", "creation_time", "update_time")
_RUN_ORDERS: Final = ("id", "start_time")


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page, query = request.page(), request.filters("name")
    name = request.query("name") or query.text("name") or ""
    order = read_order(request.query("sort"), _ORDERS)
    found = await parts.replication.policies.list(request.actor, name, order, page)
    return page_of(request, page, [policy_shape(one) for one in found.items], found.total)


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    words = (await request.body(PolicyReq)).words()
    policy_id = await parts.replication.change_policies.create(request.actor, words)
    return created(f"/replication/policies/{policy_id}")


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(policy_shape(await parts.replication.policies.get(request.actor, request.number("id"))))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    policy_id, wanted = request.number("id"), await request.body(PolicyReq)
    await parts.replication.change_policies.update(request.actor, policy_id, wanted.words())
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.replication.change_policies.delete(request.actor, request.number("id"))
    return done()


async def _start(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(StartRequest)
    execution_id = await parts.replication.runs.start(request.actor, wanted.policy_id)
    return created(f"/replication/executions/{execution_id}")


async def _runs(parts: ApiParts, request: ApiRequest) -> Response:
    page, policy = request.page(), request.query("policy_id")
    if policy and not (policy.isascii() and policy.isdigit() and len(policy) < 19):
        raise SchemaViolated(f"policy_id in query must be a whole number, not {policy[:40]!r}")
    wanted = RunFilter(
        policy_id=int(policy) if policy else None,
        state=read_state(request.query("status")),
        cause=read_cause(request.query("trigger")),
        is_oldest_first=read_order(request.query("sort"), _RUN_ORDERS) in _RUN_ORDERS,
    )
    found = await parts.replication.runs.list(request.actor, wanted, page)
    return page_of(request, page, [run_shape(one) for one in found.items], found.total)


async def _run(parts: ApiParts, request: ApiRequest) -> Response:
    return item(run_shape(await parts.replication.runs.get(request.actor, request.number("id"))))


async def _stop(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.replication.runs.stop(request.actor, request.number("id"))
    return done()


async def _tasks(parts: ApiParts, request: ApiRequest) -> Response:
    page, state = request.page(), read_state(request.query("status"))
    found = await parts.replication.runs.tasks(request.actor, request.number("id"), state, page)
    return page_of(request, page, [task_shape(one) for one in found.items], found.total)


async def _log(parts: ApiParts, request: ApiRequest) -> Response:
    numbers = request.number("id"), request.number("task_id")
    return PlainTextResponse(await parts.replication.runs.log(request.actor, *numbers))


async def _states(parts: ApiParts, request: ApiRequest) -> Response:
    after, size = request.query("after") or "", request.size()
    found = await parts.replication.policies.states(request.actor, request.number("id"), after, size)
    return item(states_shape(found, size, datetime.now(UTC)))


HANDLERS: Final[Handlers] = {
    "listReplicationPolicies": _list,
    "createReplicationPolicy": _create,
    "getReplicationPolicy": _get,
    "updateReplicationPolicy": _update,
    "deleteReplicationPolicy": _delete,
    "startReplication": _start,
    "listReplicationExecutions": _runs,
    "getReplicationExecution": _run,
    "stopReplication": _stop,
    "listReplicationTasks": _tasks,
    "getReplicationLog": _log,
}
ADDED: Final[Handlers] = {"listReplicationStates": _states}
