"""Operations on sessions, beside the contract."""

from typing import Final

from starlette.responses import Response

from havre.edge.api.conventions import done, item
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.session import sessions_shape

_LARGEST_PAGE: Final = 100


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    after, size = _number(request, "after", 0, 2**63 - 1), _number(request, "size", 20, _LARGEST_PAGE)
    sessions = parts.session.manage
    is_of_all = request.query_flag("everybody", default=False)
    find = sessions.everybodys if is_of_all else sessions.own
    return item(sessions_shape(await find(request.actor, after, max(size, 1))))


async def _revoke(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.session.manage.revoke(request.actor, request.number("session_id"))
    return done()


def _number(request: ApiRequest, name: str, default: int, most: int) -> int:
    text = request.query(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most):
        raise SchemaViolated(f"{name} must be a whole number up to {most}, not {text[:40]!r}")
    return int(text)


HANDLERS: Final[Handlers] = {"listSessions": _list, "revokeSession": _revoke}
