"""Operations on labels; putting them on artifacts is in artifact.py."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.label import LabelReq, label_shape, read_scope

_ORDERS: Final = ("name", "id", "creation_time", "update_time")


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page, query = request.page(), request.filters("name", "scope", "project_id")
    scope = request.query("scope") or query.exact("scope") or ""
    project = read_scope(scope, _project_id(request.query("project_id") or query.exact("project_id")))
    name, order = (
        request.query("name") or query.text("name") or "",
        read_order(request.query("sort"), _ORDERS),
    )
    found = await parts.registry.labels.list(request.actor, project, name, order, page)
    return page_of(request, page, [label_shape(label) for label in found.items], found.total)


def _project_id(text: str | None) -> int | None:
    if not text or text == "0":
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise SchemaViolated(f"project_id in query must be a whole number, not {text[:40]!r}")
    return int(text)


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(LabelReq)
    label_id = await parts.registry.change_labels.create(request.actor, wanted.project(), wanted.words())
    return created(f"/labels/{label_id}")


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(label_shape(await parts.registry.labels.get(request.actor, request.number("label_id"))))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(LabelReq)
    label_id = request.number("label_id")
    await parts.registry.change_labels.update(request.actor, label_id, wanted.words())
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.registry.change_labels.delete(request.actor, request.number("label_id"))
    return done()


HANDLERS: Final[Handlers] = {
    "ListLabels": _list,
    "CreateLabel": _create,
    "GetLabelByID": _get,
    "UpdateLabel": _update,
    "DeleteLabel": _delete,
}
