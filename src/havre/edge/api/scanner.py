"""Operations on scanners, and on which one a project uses (tag `scanner` of the contract)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.query import Query
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.scanner import (
    IsDefault,
    ProjectScanner,
    ScannerReq,
    metadata_shape,
    registration_shape,
)
from havre.scanning.scanner_model import Scanner

_KEYS: Final[Mapping[str, Callable[[Scanner], str | datetime]]] = {
    "name": lambda one: one.words.name,
    "url": lambda one: one.words.url,
    "create_time": lambda one: one.created_at,
    "update_time": lambda one: one.updated_at,
}


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    return _page(request, await parts.scan.scanners.list(request.actor))


async def _candidates(parts: ApiParts, request: ApiRequest) -> Response:
    return _page(request, await parts.scan.scanners.candidates(request.actor, request.project()))


def _page(request: ApiRequest, scanners: Sequence[Scanner]) -> Response:
    """Answer with a page of scanners: there are a handful, so all are read."""
    page, query = request.page(), request.filters("name", "url", "uuid")
    order = read_order(request.query("sort"), tuple(_KEYS))
    wanted = [one for one in scanners if _is_wanted(one, query)]
    key = _KEYS.get(order.lstrip("-"))
    if key is not None:
        wanted.sort(key=lambda one: str(key(one)), reverse=order.startswith("-"))
    shown = [registration_shape(one) for one in wanted[page.offset : page.offset + page.size]]
    return page_of(request, page, shown, len(wanted))


def _is_wanted(scanner: Scanner, query: Query) -> bool:
    values = {"name": scanner.words.name, "url": scanner.words.url, "uuid": scanner.uuid}
    return all((query.text(name) or value) == value for name, value in values.items())


async def _create(parts: ApiParts, request: ApiRequest) -> Response:
    words = (await request.body(ScannerReq)).words()
    return created(f"/scanners/{await parts.scan.change_scanners.create(request.actor, words)}")


async def _ping(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.scan.scanners.ping(request.actor, (await request.body(ScannerReq)).words())
    return done()


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    uuid = request.text("registration_id")
    return item(registration_shape(await parts.scan.scanners.get(request.actor, uuid)))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    uuid, wanted = request.text("registration_id"), await request.body(ScannerReq)
    await parts.scan.change_scanners.update(request.actor, uuid, wanted.changes())
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    uuid = request.text("registration_id")
    return item(registration_shape(await parts.scan.change_scanners.delete(request.actor, uuid)))


async def _set_default(parts: ApiParts, request: ApiRequest) -> Response:
    uuid = request.text("registration_id")
    if (await request.body(IsDefault)).is_default:
        await parts.scan.change_scanners.set_default(request.actor, uuid)
    return done()


async def _metadata(parts: ApiParts, request: ApiRequest) -> Response:
    uuid = request.text("registration_id")
    return item(metadata_shape(await parts.scan.scanners.metadata(request.actor, uuid)))


async def _of_project(parts: ApiParts, request: ApiRequest) -> Response:
    return item(registration_shape(await parts.scan.scanners.of_project(request.actor, request.project())))


async def _set_of_project(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(ProjectScanner)
    await parts.scan.change_scanners.set_of_project(request.actor, request.project(), wanted.uuid)
    return done()


HANDLERS: Final[Handlers] = {
    "listScanners": _list,
    "createScanner": _create,
    "pingScanner": _ping,
    "getScanner": _get,
    "updateScanner": _update,
    "deleteScanner": _delete,
    "setScannerAsDefault": _set_default,
    "getScannerMetadata": _metadata,
    "getScannerOfProject": _of_project,
    "setScannerOfProject": _set_of_project,
    "listScannerCandidatesOfProject": _candidates,
}
