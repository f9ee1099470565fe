"""The shapes of the audit log."""

from datetime import datetime

import msgspec

from havre.audit import AuditRecord


class AuditLogExt(msgspec.Struct):
    """`AuditLogExt`, and beside the contract where the request came from and what changed."""

    id: int
    username: str
    resource: str
    resource_type: str
    operation: str
    operation_description: str
    operation_result: bool
    op_time: datetime
    source_ip: str
    client: str
    request_id: str
    changes: object = msgspec.UNSET


class AuditLog(msgspec.Struct):
    """`AuditLog`, the older shape of a line."""

    id: int
    username: str
    resource: str
    resource_type: str
    operation: str
    op_time: datetime


class EventType(msgspec.Struct):
    """`AuditLogEventType`."""

    event_type: str


def audit_shape(record: AuditRecord) -> AuditLogExt:
    """Show a line of the journal."""
    return AuditLogExt(
        id=record.record_id,
        username=record.actor,
        resource=record.resource,
        resource_type=record.resource_type,
        operation=record.operation,
        operation_description=record.description,
        operation_result=record.succeeded,
        op_time=record.at,
        source_ip=record.address,
        client=record.client,
        request_id=record.request_id,
        changes=record.facts.get("changes", msgspec.UNSET),
    )


def legacy_shape(record: AuditRecord) -> AuditLog:
    """Show a line of the journal as older clients want it."""
    return AuditLog(
        id=record.record_id,
        username=record.actor,
        resource=record.resource,
        resource_type=record.resource_type,
        operation=record.operation,
        op_time=record.at,
    )
