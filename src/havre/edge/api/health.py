"""The operation that tells whether the instance works."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.health import health_shape


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(health_shape(await parts.health.report()))


HANDLERS: Final[Handlers] = {"getHealth": _get}
