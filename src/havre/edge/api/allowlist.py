"""Operations on the instance's allowlist of CVEs."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import done, item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.allowlist import AllowlistReq, allowlist_shape


async def _read(parts: ApiParts, request: ApiRequest) -> Response:
    return item(allowlist_shape(await parts.allowlist.read(request.actor)))


async def _overwrite(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(AllowlistReq)
    await parts.allowlist.overwrite(request.actor, wanted.wanted())
    return done()


HANDLERS: Final[Handlers] = {
    "getSystemCVEAllowlist": _read,
    "putSystemCVEAllowlist": _overwrite,
}
