"""Operations on the metadata of a project."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import done, item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest

_Texts = dict[str, str]


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    return item(await parts.metadata.list(request.actor, request.project()))


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(await parts.metadata.get(request.actor, request.project(), request.text("meta_name")))


async def _add(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.metadata.add(request.actor, request.project(), await request.body(_Texts))
    return done()


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    name, given = request.text("meta_name"), await request.body(_Texts)
    await parts.metadata.set(request.actor, request.project(), name, given)
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.metadata.remove(request.actor, request.project(), request.text("meta_name"))
    return done()


HANDLERS: Final[Handlers] = {
    "listProjectMetadatas": _list,
    "addProjectMetadatas": _add,
    "getProjectMetadata": _get,
    "updateProjectMetadata": _update,
    "deleteProjectMetadata": _delete,
}
