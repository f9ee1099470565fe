"""Rows of `event`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from havre.audit.bookmarks import Route
from havre.audit.model import AuditFilters, AuditRecord
from havre.kernel.clock import from_micros, to_micros
from havre.kernel.events import Event, kept_facts
from havre.kernel.patterns import containing
from havre.kernel.work import Parameters, Reader, Row, Value, Work

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


async def add_events(work: Work, events: Sequence[tuple[int, Event]]) -> None:
    """Insert events with the moments at which they happened."""
    await work.run_many(
        """INSERT INTO event (at, name, operation, resource_type, resource, project_id, succeeded, actor_kind,
                              actor, address, client, request_id, description, facts)
           VALUES (:at, :name, :operation, :resource_type, :resource, :project_id, :succeeded, :actor_kind,
                   :actor, :address, :client, :request_id, :description, :facts)""",
        [_parameters(at, event) for at, event in events],
    )


def _parameters(at: int, event: Event) -> Parameters:
    actor, origin = event.actor, event.actor.origin
    return {
        "at": at,
        "name": event.name,
        "operation": event.operation,
        "resource_type": event.resource_type,
        "resource": event.resource,
        "project_id": event.project_id,
        "succeeded": event.succeeded,
        "actor_kind": actor.kind.value,
        "actor": actor.name,
        "address": origin.address,
        "client": origin.client,
        "request_id": origin.request_id,
        "description": event.describe(),
        "facts": _encode(kept_facts(event)).decode(),
    }


def conditions(
    filters: AuditFilters, projects: Sequence[int] | None, project_id: int | None
) -> tuple[str, Parameters]:
    """Make the WHERE clause; `projects` None means every project and the instance's own events."""
    parts, parameters = ["1 = 1"], dict[str, Value]()
    if project_id is not None:
        parts.append("project_id = :project_id")
        parameters["project_id"] = project_id
    elif projects is not None:
        parts.append("project_id IN :projects")
        parameters["projects"] = list(projects)
    exact: dict[str, Value] = {
        "operation": filters.operation,
        "resource_type": filters.resource_type,
        "resource": filters.resource,
        "actor": filters.actor,
        "succeeded": filters.succeeded,
    }
    for column, value in exact.items():
        if value is not None:
            parts.append(f"{column} = :{column}")
            parameters[column] = value
    for column, part in (("resource", filters.resource_part), ("actor", filters.actor_part)):
        if part is not None:
            parts.append(f"{column} LIKE :{column}_part ESCAPE '!'")
            parameters[f"{column}_part"] = containing(part)
    _add_moment(parts, parameters, "at >= :since", "since", filters.since)
    _add_moment(parts, parameters, "at <= :until", "until", filters.until)
    return " AND ".join(parts), parameters


def _add_moment(
    parts: list[str], parameters: dict[str, Value], condition: str, name: str, moment: datetime | None
) -> None:
    if moment is not None:
        parts.append(condition)
        parameters[name] = to_micros(moment)


async def count_events(reader: Reader, where: str, parameters: Parameters) -> int:
    """Count the events of a search."""
    row = await reader.first(
        f"SELECT COUNT(*) AS total FROM event WHERE {where}",  # noqa: S608 - fixed parts
        parameters,
    )
    return int(row.total) if row is not None else 0


async def count_since(
    reader: Reader, newest: int, where: str, parameters: Parameters
) -> tuple[int, int | None]:
    """Count the events of a search above an id, and tell the earliest moment among them.

    Primary key: the LIMIT keeps the engines to it.
    """
    row = await reader.first(
        f"""SELECT COUNT(*) AS total, MIN(at) AS oldest
            FROM (SELECT * FROM event WHERE id > :newest LIMIT :all) AS fresh
            WHERE {where}""",  # noqa: S608 - fixed parts
        {**parameters, "newest": newest, "all": 2**31 - 1},
    )
    return (0, None) if row is None else (int(row.total), row.oldest)


async def newest(reader: Reader) -> tuple[int, int]:
    """Read the newest id, and the number of the last purge's seal (primary key, index audit_seal_kind)."""
    row = await reader.first(
        """SELECT COALESCE((SELECT MAX(id) FROM event), 0) AS newest,
                  COALESCE((SELECT MAX(id) FROM audit_seal WHERE kind = 'purge'), 0) AS purge"""
    )
    return (0, 0) if row is None else (int(row.newest), int(row.purge))


_ALONE: Final = ("operation", "actor", "project_id")  # columns with an index that goes on with at, id


async def list_events(
    reader: Reader, where: str, parameters: Parameters, order: str, route: Route
) -> Sequence[AuditRecord]:
    """List one page of a search (indexes event_at, event_project, event_operation and event_actor).

    What comes before the page is skipped inside an index; whole rows are read for the page alone.
    """
    walk = _walk(where, parameters, route.order) if route.start is None else _resume(where, route.order)
    start = {} if route.start is None else {"mark_at": route.start.at, "mark_id": route.start.record_id}
    rows = await reader.all(
        f"""SELECT id, at, name, operation, resource_type, resource, project_id, succeeded, actor_kind, actor,
                   address, client, request_id, description, facts
            FROM event JOIN ({walk}) AS page ON event.id = page.found
            WHERE {where} ORDER BY at {order}, id {order}""",  # noqa: S608 - fixed parts
        {**parameters, **start, "limit": route.limit, "offset": route.offset},
    )
    return [_record(row) for row in rows]


def _walk(where: str, parameters: Parameters, order: str) -> str:
    """Find the ids of a page from an end of the search.

    SQLite compares a text in each row that it skips to see where `operation = 'pull'` ends, three quarters of
    the time. So a condition that stands alone only says where the walk begins: what lies behind its end is
    dropped where the rows are read.
    """
    by = f"at {order}, id {order}"
    column = next((name for name in _ALONE if set(parameters) == {name}), None)
    if column is not None:
        where = f"{column} {'>=' if order == 'ASC' else '<='} :{column}"
        by = f"{column} {order}, {by}"
    return f"SELECT id AS found FROM event WHERE {where} ORDER BY {by} LIMIT :limit OFFSET :offset"  # noqa: S608 - fixed parts


def _resume(where: str, order: str) -> str:
    """Find the ids of a page from a bookmark, which is near."""
    beyond = f"(at, id) {'>=' if order == 'ASC' else '<='} (:mark_at, :mark_id)"
    return f"""SELECT id AS found FROM event WHERE {where} AND {beyond}
               ORDER BY at {order}, id {order} LIMIT :limit OFFSET :offset"""  # noqa: S608 - fixed parts


async def events_after(reader: Reader, after: int, last: int, limit: int) -> Sequence[AuditRecord]:
    """List events in the order of their ids (primary key)."""
    rows = await reader.all(
        """SELECT id, at, name, operation, resource_type, resource, project_id, succeeded, actor_kind, actor,
                  address, client, request_id, description, facts
           FROM event WHERE id > :after AND id <= :last ORDER BY id LIMIT :limit""",
        {"after": after, "last": last, "limit": limit},
    )
    return [_record(row) for row in rows]


async def events_between(
    reader: Reader, since: int, until: int, after: tuple[int, int], limit: int
) -> Sequence[AuditRecord]:
    """List events of a time in its order, behind a moment and an id (index event_at)."""
    rows = await reader.all(
        """SELECT id, at, name, operation, resource_type, resource, project_id, succeeded, actor_kind, actor,
                  address, client, request_id, description, facts
           FROM event WHERE at >= :since AND at < :until AND (at, id) > (:after_at, :after_id)
           ORDER BY at, id LIMIT :limit""",
        {"since": since, "until": until, "after_at": after[0], "after_id": after[1], "limit": limit},
    )
    return [_record(row) for row in rows]


def _record(row: Row) -> AuditRecord:
    return AuditRecord(
        record_id=row.id,
        at=from_micros(row.at),
        name=row.name,
        operation=row.operation,
        resource_type=row.resource_type,
        resource=row.resource,
        project_id=row.project_id,
        succeeded=bool(row.succeeded),
        actor_kind=row.actor_kind,
        actor=row.actor,
        address=row.address,
        client=row.client,
        request_id=row.request_id,
        description=row.description,
        facts=_decode(row.facts),
    )
