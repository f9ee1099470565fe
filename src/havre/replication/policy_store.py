"""Rows of `replication_policy`."""

from collections.abc import Sequence
from typing import Final

import msgspec

from havre.kernel.clock import from_micros
from havre.kernel.pages import PageRequest
from havre.kernel.work import Parameters, Reader, Row, Work
from havre.replication.policy_model import Filter, Policy, PolicyWords, Trigger

_COLUMNS: Final = (
    "id, name, description, source_id, target_id, namespace, replace_count, trigger_kind, cron, filters, "
    "does_delete, does_override, is_enabled, speed_kib, is_chunked, is_single, version, whole_at, "
    "created_at, updated_at"
)
POLICY_ORDERS: Final = {
    "": "id",
    "id": "id",
    "-id": "id DESC",
    "name": "name",
    "-name": "name DESC",
    "creation_time": "created_at, id",
    "-creation_time": "created_at DESC, id DESC",
    "update_time": "updated_at, id",
    "-update_time": "updated_at DESC, id DESC",
}
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[Filter, ...]).decode


async def find(reader: Reader, policy_id: int) -> Policy | None:
    """Read one (primary key)."""
    row = await reader.first(
        f"SELECT {_COLUMNS} FROM replication_policy WHERE id = :id",  # noqa: S608 - columns of ours
        {"id": policy_id},
    )
    return None if row is None else _policy(row)


async def lock(work: Work, policy_id: int) -> Policy | None:
    """Read one and keep others from changing it until the end."""
    await work.first("SELECT id FROM replication_policy WHERE id = :id FOR UPDATE", {"id": policy_id})
    return await find(work, policy_id)


async def count(reader: Reader, like: str) -> int:
    """Count those whose name is like a pattern."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM replication_policy WHERE name LIKE :like ESCAPE '!'", {"like": like}
    )
    return 0 if row is None else int(row.total)


async def page_of(reader: Reader, like: str, order: str, page: PageRequest) -> Sequence[Policy]:
    """List one page (primary key or index replication_policy_name); they are few."""
    rows = await reader.all(
        f"""SELECT {_COLUMNS} FROM replication_policy WHERE name LIKE :like ESCAPE '!'
            ORDER BY {POLICY_ORDERS[order]} LIMIT :limit OFFSET :offset""",  # noqa: S608 - fixed parts
        {"like": like, "limit": page.size, "offset": page.offset},
    )
    return [_policy(row) for row in rows]


async def on_event(reader: Reader) -> Sequence[tuple[Policy, str]]:
    """List the rules in force that events start, with the peers that they push to.

    Asked in the transaction of every push; they are few.
    """
    rows = await reader.all(
        f"""SELECT {_COLUMNS}, (SELECT peer FROM endpoint e WHERE e.id = target_id) AS peer
            FROM replication_policy
            WHERE trigger_kind = 'event_based' AND is_enabled = TRUE ORDER BY id LIMIT 10000"""  # noqa: S608 - columns of ours
    )
    return [(_policy(row), row.peer or "") for row in rows]


async def user_of_endpoint(reader: Reader, endpoint_id: int) -> str | None:
    """Name a rule or a project that needs an endpoint; None when none does."""
    row = await reader.first(
        """SELECT name FROM replication_policy WHERE source_id = :id OR target_id = :id
           ORDER BY id LIMIT 1""",
        {"id": endpoint_id},
    )
    if row is not None:
        return f"replication policy {row.name}"
    row = await reader.first(
        "SELECT name FROM project WHERE registry_id = :id ORDER BY id LIMIT 1", {"id": endpoint_id}
    )
    return None if row is None else f"project {row.name}"


async def name_is_free(reader: Reader, name: str, own_id: int) -> bool:
    """Tell whether no other has this name (index replication_policy_name)."""
    row = await reader.first(
        "SELECT id FROM replication_policy WHERE name = :name AND id <> :id", {"name": name, "id": own_id}
    )
    return row is None


async def hold_endpoint(work: Work, endpoint_id: int) -> str | None:
    """Keep an endpoint from going before the commit; tell its kind, None when it is gone."""
    row = await work.first("SELECT kind FROM endpoint WHERE id = :id FOR KEY SHARE", {"id": endpoint_id})
    return None if row is None else str(row.kind)


async def add(work: Work, words: PolicyWords, now: int) -> int | None:
    """Insert one and return its number; None when the name is taken."""
    row = await work.first(
        """INSERT INTO replication_policy (name, description, source_id, target_id, namespace, replace_count,
               trigger_kind, cron, filters, does_delete, does_override, is_enabled, speed_kib, is_chunked,
               is_single, version, whole_at, created_at, updated_at)
           VALUES (:name, :description, :source_id, :target_id, :namespace, :replace_count, :trigger_kind,
               :cron, :filters, :does_delete, :does_override, :is_enabled, :speed_kib, :is_chunked,
               :is_single, 1, 0, :now, :now)
           ON CONFLICT (name) DO NOTHING RETURNING id""",
        _values(words, now),
    )
    return None if row is None else int(row.id)


async def change(work: Work, policy_id: int, words: PolicyWords, now: int) -> None:
    """Overwrite one; its version rises."""
    await work.run(
        """UPDATE replication_policy SET name = :name, description = :description, source_id = :source_id,
               target_id = :target_id, namespace = :namespace, replace_count = :replace_count,
               trigger_kind = :trigger_kind, cron = :cron, filters = :filters, does_delete = :does_delete,
               does_override = :does_override, is_enabled = :is_enabled, speed_kib = :speed_kib,
               is_chunked = :is_chunked, is_single = :is_single, version = version + 1, updated_at = :now
           WHERE id = :id""",
        {**_values(words, now), "id": policy_id},
    )


async def note_whole(work: Work, policy_id: int, now: int) -> None:
    """Write that a run over everything was planned."""
    await work.run(
        "UPDATE replication_policy SET whole_at = :now WHERE id = :id", {"id": policy_id, "now": now}
    )


async def delete(work: Work, policy_id: int) -> None:
    """Delete one, with what it knows of the other side."""
    await work.run("DELETE FROM replication_policy WHERE id = :id", {"id": policy_id})


def _values(words: PolicyWords, now: int) -> Parameters:
    return {
        "name": words.name,
        "description": words.description,
        "source_id": words.source_id,
        "target_id": words.target_id,
        "namespace": words.namespace,
        "replace_count": words.replace_count,
        "trigger_kind": str(words.trigger),
        "cron": words.cron,
        "filters": _encode(words.filters).decode(),
        "does_delete": words.does_delete,
        "does_override": words.does_override,
        "is_enabled": words.is_enabled,
        "speed_kib": words.speed_kib,
        "is_chunked": words.is_chunked,
        "is_single": words.is_single,
        "now": now,
    }


def _policy(row: Row) -> Policy:
    words = PolicyWords(
        name=row.name,
        description=row.description,
        source_id=row.source_id,
        target_id=row.target_id,
        namespace=row.namespace,
        replace_count=row.replace_count,
        trigger=Trigger(row.trigger_kind),
        cron=row.cron,
        filters=_decode(row.filters),
        does_delete=bool(row.does_delete),
        does_override=bool(row.does_override),
        is_enabled=bool(row.is_enabled),
        speed_kib=row.speed_kib,
        is_chunked=bool(row.is_chunked),
        is_single=bool(row.is_single),
    )
    moments = (from_micros(one) for one in (row.whole_at, row.created_at, row.updated_at))
    return Policy(row.id, words, row.version, *moments)
