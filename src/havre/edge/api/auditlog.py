"""Operations that read the audit journal."""

from typing import Final

from starlette.responses import Response

from havre.audit import AuditFilters
from havre.edge.api.conventions import item, page_of
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.auditlog import EventType, audit_shape, legacy_shape

# Every operation_resource pair that an event of this release has; a test compares them with the slices.
EVENT_TYPES: Final = (
    "create_artifact",
    "create_artifact_label",
    "create_blob",
    "create_cve_export",
    "create_immutable_rule",
    "create_label",
    "create_member",
    "create_project",
    "create_registry",
    "create_replication_policy",
    "create_repository",
    "create_retention",
    "create_robot",
    "create_scan",
    "create_scanner",
    "create_tag",
    "create_trust",
    "create_trust_key",
    "create_user",
    "create_user_group",
    "delete_artifact",
    "delete_artifact_label",
    "delete_audit_log",
    "delete_blob",
    "delete_collection",
    "delete_immutable_rule",
    "delete_label",
    "delete_member",
    "delete_project",
    "delete_registry",
    "delete_replication_policy",
    "delete_repository",
    "delete_retention",
    "delete_robot",
    "delete_scanner",
    "delete_session",
    "delete_tag",
    "delete_trust",
    "delete_trust_policy",
    "delete_upload",
    "delete_user",
    "delete_user_group",
    "deny_artifact",
    "deny_quota",
    "deny_request",
    "deny_trust",
    "expire_robot",
    "fail_advisories",
    "fail_registry",
    "find_artifact",
    "finish_retention",
    "judge_artifact",
    "login_user",
    "logout_user",
    "pull_artifact",
    "recover_registry",
    "replicate_replication",
    "start_collection",
    "start_replication",
    "start_retention",
    "stop_audit_purge",
    "stop_collection",
    "stop_job",
    "stop_replication",
    "stop_retention",
    "stop_scan",
    "stop_scan_all",
    "update_advisories",
    "update_audit_purge",
    "update_collection",
    "update_configuration",
    "update_cve_allowlist",
    "update_immutable_rule",
    "update_job_queue",
    "update_label",
    "update_member",
    "update_project",
    "update_quota",
    "update_registry",
    "update_replication_policy",
    "update_repository",
    "update_retention",
    "update_robot",
    "update_scan_all",
    "update_scanner",
    "update_tag",
    "update_trust",
    "update_trust_policy",
    "update_user",
    "update_user_group",
    "warn_quota",
)


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    found = await parts.audit.everywhere(request.actor, _filters(request), page)
    return page_of(request, page, [audit_shape(record) for record in found.items], found.total)


async def _list_of_project(parts: ApiParts, request: ApiRequest) -> Response:
    page, project = request.page(), request.text("project_name")
    found = await parts.audit.in_project(request.actor, project, _filters(request), page)
    return page_of(request, page, [audit_shape(record) for record in found.items], found.total)


def _filters(request: ApiRequest) -> AuditFilters:
    query = request.filters(
        "operation", "resource_type", "resource", "username", "operation_result", "op_time"
    )
    since, until = query.moments("op_time")
    result = query.exact("operation_result")
    return AuditFilters(
        operation=query.text("operation"),
        resource_type=query.text("resource_type"),
        resource=query.exact("resource"),
        resource_part=query.fuzzy("resource"),
        actor=query.exact("username"),
        actor_part=query.fuzzy("username"),
        succeeded=None if result is None else result in {"true", "1"},
        since=since,
        until=until,
        is_oldest_first=read_order(request.query("sort"), ("op_time", "id")) in {"op_time", "id"},
    )


async def _list_legacy(parts: ApiParts, request: ApiRequest) -> Response:
    page = request.page()
    found = await parts.audit.everywhere(request.actor, _filters(request), page)
    return page_of(request, page, [legacy_shape(record) for record in found.items], found.total)


async def _list_legacy_of_project(parts: ApiParts, request: ApiRequest) -> Response:
    page, project = request.page(), request.text("project_name")
    found = await parts.audit.in_project(request.actor, project, _filters(request), page)
    return page_of(request, page, [legacy_shape(record) for record in found.items], found.total)


async def _event_types(parts: ApiParts, request: ApiRequest) -> Response:
    return item([EventType(name) for name in EVENT_TYPES])


HANDLERS: Final[Handlers] = {
    "listAuditLogExts": _list,
    "getLogExts": _list_of_project,
    "listAuditLogs": _list_legacy,
    "getLogs": _list_legacy_of_project,
    "listAuditLogEventTypes": _event_types,
}
