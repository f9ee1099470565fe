"""Operations on repositories."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import done, item, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.repository import RepositoryReq, repository_shape
from havre.kernel.names import RepositoryName
from havre.registry import Filters

_ORDERS: Final = ("name", "creation_time", "update_time", "pull_count")


def repository_name(request: ApiRequest) -> RepositoryName:
    """Put the project and the rest of the name together.

    Raises: NameInvalid.
    """
    return RepositoryName.parse(f"{request.text('project_name')}/{request.text('repository_name')}")


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    return await _page(parts, request, request.text("project_name"))


async def _list_all(parts: ApiParts, request: ApiRequest) -> Response:
    return await _page(parts, request, None)


async def _page(parts: ApiParts, request: ApiRequest, project: str | None) -> Response:
    page, query = request.page(), request.filters("name")
    filters = Filters(
        name=query.text("name"),
        is_name_exact=query.exact("name") is not None,
        order=read_order(request.query("sort"), _ORDERS),
    )
    found = await parts.browse.repositories(request.actor, project, filters, page)
    return page_of(request, page, [repository_shape(record) for record in found.items], found.total)


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(repository_shape(await parts.browse.repository(request.actor, repository_name(request))))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    name = repository_name(request)
    wanted = await request.body(RepositoryReq)
    await parts.registry.update_repository.describe(request.actor, name, wanted.description)
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.registry.delete_repository.delete(request.actor, repository_name(request))
    return done()


HANDLERS: Final[Handlers] = {
    "listRepositories": _list,
    "listAllRepositories": _list_all,
    "getRepository": _get,
    "updateRepository": _update,
    "deleteRepository": _delete,
}
