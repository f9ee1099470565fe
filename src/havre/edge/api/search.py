"""The operation behind the search box: projects and repositories by a part of their name."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import item
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.project import project_shape
from havre.edge.api.wire.search import SearchShape, found_shape
from havre.kernel.pages import PageRequest
from havre.projects.model import ProjectFilter

_PROJECTS: Final = PageRequest(1, 100)  # Harbor's answer has no pages
_LONGEST: Final = 255  # no name is longer


async def _search(parts: ApiParts, request: ApiRequest) -> Response:
    part = request.query("q")
    if part is None or len(part) > _LONGEST:
        raise SchemaViolated(f"q in query is required: a part of a name, up to {_LONGEST} characters")
    projects = await parts.projects.list(request.actor, ProjectFilter(name=part), _PROJECTS)
    repositories = await parts.registry.search.containing(request.actor, part)
    return item(
        SearchShape(
            project=[project_shape(project) for project in projects.items],
            repository=[found_shape(repository) for repository in repositories],
        )
    )


HANDLERS: Final[Handlers] = {"search": _search}
