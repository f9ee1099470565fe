"""A row of the journal as one line of JSON, as it is forwarded and exported. Pure."""

from typing import Final

import msgspec

from havre.audit.model import AuditRecord

_encode: Final = msgspec.json.Encoder().encode


def line_of(record: AuditRecord) -> bytes:
    """Write a row as JSON without a line's end; `id` tells two copies of one row."""
    return _encode(
        {
            "id": record.record_id,
            "at": record.at,
            "name": record.name,
            "operation": record.operation,
            "resource_type": record.resource_type,
            "resource": record.resource,
            "project_id": record.project_id,
            "succeeded": record.succeeded,
            "actor_kind": record.actor_kind,
            "actor": record.actor,
            "address": record.address,
            "client": record.client,
            "request_id": record.request_id,
            "description": record.description,
            "facts": record.facts,
        }
    )
