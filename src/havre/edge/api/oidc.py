"""Operations on the OIDC provider and on the secrets for tools of its people."""

from typing import Final

import msgspec
from starlette.responses import Response

from havre.edge.api.conventions import done
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest


class _Endpoint(msgspec.Struct):
    url: str | None = None
    verify_cert: bool | None = None


class _CliSecret(msgspec.Struct):
    secret: str | None = None


async def _ping(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(_Endpoint)
    if not wanted.url:
        raise SchemaViolated("url in body is required")
    verifies = wanted.verify_cert is not False
    await parts.oidc.ping.ping(request.actor, wanted.url, verifies=verifies)
    return done()


async def _set_secret(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.body(_CliSecret)
    await parts.oidc.cli_secrets.change(request.actor, request.number("user_id"), wanted.secret or "")
    return done()


HANDLERS: Final[Handlers] = {"pingOIDC": _ping, "setCliSecret": _set_secret}
