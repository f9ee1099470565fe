"""Operations that tell about the instance."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.systeminfo import info_shape, volumes_shape
from havre.kernel.errors import NotFound


async def _info(parts: ApiParts, request: ApiRequest) -> Response:
    return item(info_shape(await parts.facts.told_to(request.actor)))


async def _volumes(parts: ApiParts, request: ApiRequest) -> Response:
    return item(volumes_shape(await parts.volumes.report(request.actor)))


async def _cert(parts: ApiParts, request: ApiRequest) -> Response:
    raise NotFound("this instance gives no root certificate: ask its operator for the CA")


HANDLERS: Final[Handlers] = {"getSystemInfo": _info, "getVolumes": _volumes, "getCert": _cert}
