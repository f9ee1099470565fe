"""The operation that counts."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.statistic import statistic_shape


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(statistic_shape(await parts.statistics.report(request.actor)))


HANDLERS: Final[Handlers] = {"getStatistic": _get}
