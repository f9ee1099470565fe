"""The journal's nouns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One line of the journal."""

    record_id: int
    at: datetime
    name: str
    operation: str
    resource_type: str
    resource: str
    project_id: int | None
    succeeded: bool
    actor_kind: str
    actor: str
    address: str
    client: str
    request_id: str
    description: str
    facts: Mapping[str, object]  # `changes` among them: field -> before, after


@dataclass(frozen=True, slots=True)
class AuditFilters:
    """What a search is narrowed to; None leaves a field open, a `…_part` matches anywhere."""

    operation: str | None = None
    resource_type: str | None = None
    resource: str | None = None
    resource_part: str | None = None
    actor: str | None = None
    actor_part: str | None = None
    succeeded: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    is_oldest_first: bool = False
