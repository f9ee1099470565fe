"""Operations on trust policies and what they say of artifacts, beside the contract."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import done, item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.repository import repository_name
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.trust import TrustPolicyShape, policy_shape, verdict_shape
from havre.kernel.names import parse_reference


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(policy_shape(await parts.trust.policies.get(request.actor, request.project())))


async def _put(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = (await request.body(TrustPolicyShape)).words()
    await parts.trust.policies.put(request.actor, request.project(), wanted)
    return done()


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.trust.policies.delete(request.actor, request.project())
    return done()


async def _verdict(parts: ApiParts, request: ApiRequest) -> Response:
    reference = parse_reference(request.text("reference"))
    return item(verdict_shape(await parts.trust.show.run(request.actor, repository_name(request), reference)))


ADDED: Final[Handlers] = {
    "getTrustPolicy": _get,
    "putTrustPolicy": _put,
    "deleteTrustPolicy": _delete,
    "getArtifactTrust": _verdict,
}
