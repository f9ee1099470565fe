"""Operations on projects."""

from typing import Final

from starlette.responses import Response

from havre.access.errors import ProjectUnknown
from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.project import ProjectReq, deletable_shape, project_shape, summary_shape
from havre.projects.model import ProjectFilter

_ORDERS: Final = ("name", "creation_time", "update_time", "project_id")


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    found = await parts.projects.list(request.actor, _filter(request), page)
    return page_of(request, page, [project_shape(project) for project in found.items], found.total)


def _filter(request: ApiRequest) -> ProjectFilter:
    query = request.filters("name", "public", "owner")
    is_public = None
    if request.query("public"):
        is_public = request.query_flag("public", default=False)
    elif query.exact("public"):
        is_public = query.exact("public") in {"true", "1"}
    return ProjectFilter(
        name=request.query("name") or query.text("name") or "",
        is_public=is_public,
        owner=request.query("owner") or query.text("owner") or "",
        sort=read_order(request.query("sort"), _ORDERS) or None,
    )


async def _head(parts: ApiParts, request: ApiRequest) -> Response:
    name = request.query("project_name")
    if not name:
        raise SchemaViolated("project_name in query is required")
    if not await parts.projects.exists(request.actor, name):
        raise ProjectUnknown(name)
    return done()


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(ProjectReq)
    project = await parts.create_project.create(request.actor, wanted.new())
    by_name = request.header_flag(b"x-resource-name-in-location")
    return created(f"/projects/{project.name if by_name else project.id}")


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(project_shape(await parts.projects.get(request.actor, request.project())))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(ProjectReq)
    await parts.update_project.update(request.actor, request.project(), wanted.changes())
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.delete_project.delete(request.actor, request.project())
    return done()


async def _deletable(parts: ApiParts, request: ApiRequest) -> Response:
    return item(deletable_shape(await parts.projects.deletable(request.actor, request.project())))


async def _summary(parts: ApiParts, request: ApiRequest) -> Response:
    project = await parts.projects.get(request.actor, request.project())
    quota = await parts.registry.quotas.of_project(request.actor, project.id)
    return item(summary_shape(project, quota))


HANDLERS: Final[Handlers] = {
    "listProjects": _list,
    "headProject": _head,
    "createProject": _create,
    "getProject": _get,
    "updateProject": _update,
    "deleteProject": _delete,
    "getProjectDeletable": _deletable,
    "getProjectSummary": _summary,
}
