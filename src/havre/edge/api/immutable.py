"""Operations on the rules that keep tags as they are."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import created, done, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.immutable import RuleReq, rule_shape

_ORDERS: Final = ("id", "priority")


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page, order = request.page(), read_order(request.query("sort"), _ORDERS)
    request.filters()  # Harbor's rules have no field to ask for
    found = await parts.immutable.rules.list(request.actor, request.project(), order, page)
    return page_of(request, page, [rule_shape(rule) for rule in found.items], found.total)


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    words = (await request.body(RuleReq)).words()
    rule_id = await parts.immutable.change.create(request.actor, request.project(), words)
    return created(f"/projects/{request.text('project_name_or_id')}/immutabletagrules/{rule_id}")


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    rule_id, changes = request.number("immutable_rule_id"), (await request.body(RuleReq)).changes()
    await parts.immutable.change.update(request.actor, request.project(), rule_id, changes)
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    rule_id = request.number("immutable_rule_id")
    await parts.immutable.change.delete(request.actor, request.project(), rule_id)
    return done()


HANDLERS: Final[Handlers] = {
    "ListImmuRules": _list,
    "CreateImmuRule": _create,
    "UpdateImmuRule": _update,
    "DeleteImmuRule": _delete,
}
