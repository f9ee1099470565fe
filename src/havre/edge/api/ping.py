"""The operation that tells that somebody listens."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return Response(b"Pong", media_type="text/plain")


HANDLERS: Final[Handlers] = {"getPing": _get}
