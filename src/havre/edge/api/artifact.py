"""Operations on artifacts and their tags."""

from typing import Final, Literal

from starlette.responses import Response

from havre.edge.api.conventions import item, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.query import Query
from havre.edge.api.repository import repository_name
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.artifact import artifact_shape, tag_shape
from havre.kernel.names import parse_reference
from havre.registry import Filters

_ORDERS: Final = ("push_time", "size", "digest")
_TAGGED: Final[dict[str, Literal["none", "some"]]] = {"nil": "none", "*": "some"}


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page, with_tags = request.page(), request.query_flag("with_tag", default=True)
    filters = _filters(
        request.filters("tags", "digest", "media_type"), read_order(request.query("sort"), _ORDERS)
    )
    found = await parts.browse.artifacts(request.actor, repository_name(request), filters, page)
    shapes = [artifact_shape(record, with_tags=with_tags) for record in found.items]
    return page_of(request, page, shapes, found.total)


def _filters(query: Query, order: str) -> Filters:
    tagged = _TAGGED.get(query.exact("tags") or "")
    return Filters(
        digest=query.exact("digest"),
        media_type=query.exact("media_type"),
        tags=tagged or "any",
        tag=query.text("tags") if tagged is None else None,
        order=order,
    )


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    with_tags = request.query_flag("with_tag", default=True)
    reference = parse_reference(request.text("reference"))
    record = await parts.browse.artifact(request.actor, repository_name(request), reference)
    return item(artifact_shape(record, with_tags=with_tags))


async def _tags(parts: ApiParts, request: ApiRequest) -> Response:
    page, part = request.page(), request.filters("name").text("name") or ""
    reference = parse_reference(request.text("reference"))
    found = await parts.browse.tags(request.actor, repository_name(request), reference, part, page)
    return page_of(request, page, [tag_shape(tag) for tag in found.items], found.total)


HANDLERS: Final[Handlers] = {"listArtifacts": _list, "getArtifact": _get, "listTags": _tags}
