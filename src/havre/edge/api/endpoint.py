"""Operations on other registries (tag `registry` of the contract)."""

from typing import Final

from starlette.responses import Response

from havre.access import require_system
from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.endpoint import (
    RegistryPingReq,
    RegistryReq,
    RegistryUpdateReq,
    info_shape,
    provider_infos,
    registry_shape,
)
from havre.replication import PROVIDERS

_ORDERS: Final = ("id", "name", "creation_time", "update_time")


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page, query = request.page(), request.filters("name")
    name = request.query("name") or query.text("name") or ""
    order = read_order(request.query("sort"), _ORDERS)
    found = await parts.replication.endpoints.list(request.actor, name, order, page)
    return page_of(request, page, [registry_shape(one) for one in found.items], found.total)


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    words = (await request.body(RegistryReq)).words()
    endpoint_id = await parts.replication.change_endpoints.create(request.actor, words)
    return created(f"/registries/{endpoint_id}")


async def _ping(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(RegistryPingReq)
    await parts.replication.endpoints.ping(request.actor, wanted.id, wanted.type, wanted.changes())
    return done()


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(registry_shape(await parts.replication.endpoints.get(request.actor, request.number("id"))))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    endpoint_id, wanted = request.number("id"), await request.body(RegistryUpdateReq)
    await parts.replication.change_endpoints.update(request.actor, endpoint_id, wanted.changes())
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.replication.change_endpoints.delete(request.actor, request.number("id"))
    return done()


async def _info(parts: ApiParts, request: ApiRequest) -> Response:
    return item(info_shape(await parts.replication.endpoints.provider(request.actor, request.number("id"))))


async def _kinds(parts: ApiParts, request: ApiRequest) -> Response:
    require_system(request.actor, "replication-adapter", "list")
    return item(list(PROVIDERS))


async def _kind_infos(parts: ApiParts, request: ApiRequest) -> Response:
    require_system(request.actor, "replication-adapter", "list")
    return item(provider_infos())


HANDLERS: Final[Handlers] = {
    "listRegistries": _list,
    "createRegistry": _create,
    "pingRegistry": _ping,
    "getRegistry": _get,
    "updateRegistry": _update,
    "deleteRegistry": _delete,
    "getRegistryInfo": _info,
    "listRegistryProviderTypes": _kinds,
    "listRegistryProviderInfos": _kind_infos,
}
