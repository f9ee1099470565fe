"""The operation on icons."""

import base64
from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.icon import IconShape
from havre.kernel.digest import Digest


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    icon = parts.registry.icons.get(Digest.parse(request.text("digest")))
    return item(IconShape(base64.b64encode(icon.content).decode(), icon.content_type))


HANDLERS: Final[Handlers] = {"getIcon": _get}
