"""Operations on quotas."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import done, item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.quota import QuotaUpdateReq, quota_shape
from havre.registry.model import QuotaFilter

_ORDERS: Final = ("hard.storage", "used.storage")


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    found = await parts.registry.quotas.list(request.actor, _filter(request), page)
    return page_of(request, page, [quota_shape(one) for one in found.items], found.total)


def _filter(request: ApiRequest) -> QuotaFilter:
    kind, number = request.query("reference"), request.query("reference_id")
    if kind not in {None, "", "project"}:
        raise SchemaViolated("reference in query must be project: only projects have quotas")
    if number and not (number.isascii() and number.isdigit() and len(number) < 19):
        raise SchemaViolated("reference_id in query must be the number of a project")
    order = read_order(request.query("sort"), _ORDERS)
    return QuotaFilter(int(number) if number else None, order)


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(quota_shape(await parts.registry.quotas.get(request.actor, request.number("id"))))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    number, wanted = request.number("id"), await request.body(QuotaUpdateReq)
    await parts.registry.quotas.update(request.actor, number, wanted.hard.storage)
    return done()


HANDLERS: Final[Handlers] = {
    "listQuotas": _list,
    "getQuota": _get,
    "updateQuota": _update,
}
