"""The answers that all operations share: an item, a page of items, something created, done."""

from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.responses import Response

from havre.edge.api.faults import JSON
from havre.edge.api.paging import page_headers
from havre.edge.api.request import ApiRequest
from havre.kernel.pages import PageRequest

PREFIX: Final = "/api/v2.0"
_ENCODER: Final = msgspec.json.Encoder()


def item(shape: object) -> Response:
    """Answer with one thing, 200."""
    return Response(_ENCODER.encode(shape), media_type=JSON)


def page_of(request: ApiRequest, page: PageRequest, shapes: Sequence[object], total: int) -> Response:
    """Answer with a page of things, and what comes before and after it."""
    headers = page_headers(request.path, request.query_items, page, total)
    return Response(_ENCODER.encode(shapes), headers=headers, media_type=JSON)


def created(path: str) -> Response:
    """Answer 201 with the place of the new thing and no body."""
    return Response(status_code=201, headers={"Location": f"{PREFIX}{path}"})


def created_item(path: str, shape: object) -> Response:
    """Answer 201 with the place of the new thing and what the client needs to know of it."""
    headers = {"Location": f"{PREFIX}{path}"}
    return Response(_ENCODER.encode(shape), status_code=201, headers=headers, media_type=JSON)


def done() -> Response:
    """Answer 200 with no body."""
    return Response()
