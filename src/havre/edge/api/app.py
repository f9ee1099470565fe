"""The REST API as an ASGI application: find the operation, name the caller, run the handler, render.

request → router (404, 405, 501) → identity (401) → gate of the table (401, 403) → handler → answer
"""

import logging
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from havre.access import refusal, require_system
from havre.edge.api import (
    additions,
    allowlist,
    artifact,
    auditlog,
    configure,
    endpoint,
    export,
    gc,
    health,
    icon,
    immutable,
    jobservice,
    label,
    ldap,
    member,
    metadata,
    oidc,
    ping,
    project,
    purge,
    quota,
    replication,
    repository,
    retention,
    robot,
    scan,
    scan_all,
    scanner,
    schedule,
    search,
    security,
    session,
    statistic,
    systeminfo,
    trust,
    user,
    usergroup,
)
from havre.edge.api.conventions import PREFIX, item
from havre.edge.api.faults import OperationAbsent, render_error
from havre.edge.api.operations import OPERATIONS, Operation, PermissionScope
from havre.edge.api.parts import ApiParts, Handler
from havre.edge.api.request import ApiRequest, raw_path
from havre.edge.api.router import Router
from havre.edge.sessions import read_credentials
from havre.edge.wire.asgi import ASGIApp, Receive, Scope, Send
from havre.kernel.actor import Actor, Origin
from havre.kernel.errors import Denied, HavreError, Unavailable

__all__ = ["ApiParts", "build_api"]

_log: Final = logging.getLogger("havre.api")
HANDLERS: Final[Mapping[str, Handler]] = {
    **allowlist.HANDLERS,
    **artifact.HANDLERS,
    **auditlog.HANDLERS,
    **configure.HANDLERS,
    **endpoint.HANDLERS,
    **export.HANDLERS,
    **gc.HANDLERS,
    **health.HANDLERS,
    **jobservice.HANDLERS,
    **ldap.HANDLERS,
    **icon.HANDLERS,
    **immutable.HANDLERS,
    **label.HANDLERS,
    **member.HANDLERS,
    **oidc.HANDLERS,
    **metadata.HANDLERS,
    **ping.HANDLERS,
    **project.HANDLERS,
    **quota.HANDLERS,
    **purge.HANDLERS,
    **replication.HANDLERS,
    **repository.HANDLERS,
    **retention.HANDLERS,
    **scan.HANDLERS,
    **scan_all.HANDLERS,
    **scanner.HANDLERS,
    **security.HANDLERS,
    **schedule.HANDLERS,
    **search.HANDLERS,
    **robot.HANDLERS,
    **statistic.HANDLERS,
    **systeminfo.HANDLERS,
    **user.HANDLERS,
    **usergroup.HANDLERS,
}
_ALL: Final[Mapping[str, Handler]] = {
    **HANDLERS,
    **session.HANDLERS,
    **retention.ADDED,
    **replication.ADDED,
    **trust.ADDED,
}


def build_api(parts: ApiParts) -> ASGIApp:
    """Make the application that serves `/api/v2.0/…` and `/api/version`."""
    contract, own = Router(PREFIX, OPERATIONS), Router(additions.PREFIX, additions.ADDITIONS)

    async def answer(scope: Scope, receive: Receive, origin: Origin) -> Response:
        path = raw_path(scope)
        if path == "/api/version" and scope["method"] == "GET":  # outside the contract; clients ask it first
            return item({"version": "v2.0"})
        router = own if path.startswith(f"{additions.PREFIX}/") else contract
        match = router.match(scope["method"], path)
        if not match.operation.is_built:
            raise OperationAbsent(match.operation)
        actor = await parts.identity.recognise(read_credentials(scope), origin)
        try:
            _check_gate(match.operation, actor)
            if match.operation.is_held_by_read_only:
                await parts.read_only.check()
            request = ApiRequest(scope, receive, match.path_parameters, actor)
            return await _ALL[match.operation.operation_id](parts, request)
        except Denied as error:
            await parts.refusals.note(actor, f"{scope['method']} {path}", error)
            raise

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        origin = scope["havre.origin"]
        assert isinstance(origin, Origin)
        try:
            response = await answer(scope, receive, origin)
        except HavreError as error:
            if isinstance(error, Unavailable):
                _log.error(
                    "unavailable request_id=%s path=%s error=%s cause=%r",
                    *(origin.request_id, scope["path"], error, error.__cause__),
                )
            response = render_error(error, origin.request_id)
        except Exception as error:  # noqa: BLE001 - the border: logged here, hidden from the client
            _log.exception("api.failed request_id=%s path=%s", origin.request_id, scope["path"])
            response = render_error(error, origin.request_id)
        await response(scope, receive, send)

    return app


def _check_gate(operation: Operation, actor: Actor) -> None:
    """Refuse by the table what needs no look at data, before the body is read; use cases decide again."""
    permission = operation.permission
    scope = permission.scope
    if actor.grants is not None:
        raise Denied("a registry token serves /v2 only; use a password")
    if not operation.is_gated:
        return
    if scope is PermissionScope.SYSTEM:
        require_system(actor, permission.resource, permission.action)
    elif scope in {PermissionScope.LOGIN, PermissionScope.SELF} and not actor.is_authenticated:
        raise refusal(actor, operation.operation_id)
