"""Operations on the run-time configuration."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import done, item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.configure import configuration_shape


async def _read(parts: ApiParts, request: ApiRequest) -> Response:
    return item(configuration_shape(await parts.configure.read.read(request.actor)))


async def _update(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(dict[str, object])
    await parts.configure.update.update(request.actor, wanted)
    return done()


HANDLERS: Final[Handlers] = {
    "getConfigurations": _read,
    "getInternalconfig": _read,  # Harbor's internal view shows secrets; nobody is shown them here
    "updateConfigurations": _update,
}
