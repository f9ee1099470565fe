"""Rows of `audit_seal` and `audit_key`, and the rows of `event` as they are sealed and purged."""

from collections.abc import Sequence
from typing import Final

from havre.audit.model import Head, PurgeWish, Seal
from havre.kernel.clock import to_micros
from havre.kernel.work import Reader, Row, Value, Work

_COLUMNS: Final = "id, kind, first_id, last_id, row_count, digest, detail, sealed_at, key_id, mac"
# Every column, in the order that chain.entry_of hashes.
_ROW: Final = """id, at, name, operation, resource_type, resource, project_id, succeeded, actor_kind, actor,
                 address, client, request_id, description, facts"""


async def keys(reader: Reader) -> Sequence[tuple[str, bytes]]:
    """List the wrapped keys, oldest first; there are a handful."""
    rows = await reader.all("SELECT key_id, wrapped FROM audit_key ORDER BY created_at, key_id LIMIT 100")
    return [(row.key_id, bytes(row.wrapped)) for row in rows]


async def add_first_key(work: Work, key_id: str, wrapped: bytes, now: int) -> None:
    """Insert a key where there is none yet."""
    await work.run(
        """INSERT INTO audit_key (key_id, wrapped, created_at)
           SELECT :key_id, :wrapped, :now WHERE NOT EXISTS (SELECT 1 FROM audit_key)""",
        {"key_id": key_id, "wrapped": wrapped, "now": now},
    )


async def lock_head(work: Work) -> Head | None:
    """Read the end of the chain and keep others from adding to it until the end (the key's row is locked)."""
    await work.all("SELECT key_id FROM audit_key ORDER BY key_id LIMIT 100 FOR UPDATE")
    return await head(work)


async def head(reader: Reader) -> Head | None:
    """Read the end of the chain (primary key)."""
    row = await reader.first("SELECT id, mac FROM audit_seal ORDER BY id DESC LIMIT 1")
    return None if row is None else Head(row.id, bytes(row.mac))


async def holds(reader: Reader, noted: Head) -> bool:
    """Tell whether the chain has a link with this number and mac (primary key)."""
    row = await reader.first("SELECT mac FROM audit_seal WHERE id = :id", {"id": noted.seal_id})
    return row is not None and bytes(row.mac) == noted.mac


async def sealed_to(reader: Reader) -> int:
    """Tell the last id of `event` that is sealed (index audit_seal_kind)."""
    row = await reader.first("SELECT last_id FROM audit_seal WHERE kind = 'rows' ORDER BY id DESC LIMIT 1")
    return 0 if row is None else int(row.last_id)


async def add_seal(work: Work, seal: Seal) -> None:
    """Insert a link of the chain."""
    await work.run(
        """INSERT INTO audit_seal (id, kind, first_id, last_id, row_count, digest, detail, sealed_at, key_id,
                                   mac, entries)
           VALUES (:id, :kind, :first_id, :last_id, :row_count, :digest, :detail, :sealed_at, :key_id,
                   :mac, :entries)""",
        {
            "id": seal.seal_id,
            "kind": seal.kind,
            "first_id": seal.first_id,
            "last_id": seal.last_id,
            "row_count": seal.row_count,
            "digest": seal.digest,
            "detail": seal.detail,
            "sealed_at": seal.sealed_at,
            "key_id": seal.key_id,
            "mac": seal.mac,
            "entries": seal.entries,
        },
    )


async def drop_entries(work: Work, seal_id: int) -> None:
    """Forget the entries of a seal whose rows are all purged: the purges and the digest stay."""
    await work.run("UPDATE audit_seal SET entries = NULL WHERE id = :id", {"id": seal_id})


async def seals(reader: Reader, after: int, limit: int) -> Sequence[Seal]:
    """List links of the chain without their entries, in order (primary key)."""
    rows = await reader.all(
        f"SELECT {_COLUMNS} FROM audit_seal WHERE id > :after ORDER BY id LIMIT :limit",  # noqa: S608 - constant
        {"after": after, "limit": limit},
    )
    return [_seal(row) for row in rows]


async def purgeable(reader: Reader, after: int, limit: int) -> Sequence[Seal]:
    """List seals that still hold rows, in order (index audit_seal_kind)."""
    rows = await reader.all(
        f"""SELECT {_COLUMNS} FROM audit_seal
            WHERE kind = 'rows' AND id > :after AND entries IS NOT NULL
            ORDER BY id LIMIT :limit""",  # noqa: S608 - constant
        {"after": after, "limit": limit},
    )
    return [_seal(row) for row in rows]


async def row_count(reader: Reader, seal_id: int, before: int) -> int:
    """Tell how many rows a seal of rows covers that is older than `before`; 0 for others (primary key)."""
    row = await reader.first(
        "SELECT row_count FROM audit_seal WHERE id = :id AND kind = 'rows' AND id < :before",
        {"id": seal_id, "before": before},
    )
    return 0 if row is None else int(row.row_count)


async def entries(reader: Reader, seal_id: int) -> bytes | None:
    """Read the entries of one link."""
    row = await reader.first("SELECT entries FROM audit_seal WHERE id = :id", {"id": seal_id})
    return None if row is None or row.entries is None else bytes(row.entries)


async def rows_between(reader: Reader, after: int, last: int, limit: int) -> Sequence[Row]:
    """List whole rows of the journal in the order of their ids (primary key)."""
    return await reader.all(
        f"""SELECT {_ROW} FROM event WHERE id > :after AND id <= :last
            ORDER BY id LIMIT :limit""",  # noqa: S608 - constant
        {"after": after, "last": last, "limit": limit},
    )


async def count_after(reader: Reader, last: int) -> int:
    """Count the rows that are not sealed yet (primary key)."""
    row = await reader.first("SELECT COUNT(*) AS total FROM event WHERE id > :last", {"last": last})
    return 0 if row is None else int(row.total)


# Which rows a purge means, beside those it is held to by their ids.
_MEANT: Final = """at < :before AND (:is_everything OR operation || '_' || resource_type IN :types
                   OR operation IN :operations)"""


def _wished(wish: PurgeWish) -> dict[str, Value]:
    return {
        "before": to_micros(wish.before),
        "types": list(wish.event_types),
        "operations": list(wish.operations),
        "is_everything": wish.is_everything,
        "up_to": wish.up_to_id,
    }


async def count_held(reader: Reader, wish: PurgeWish) -> int:
    """Count the rows that a purge means and that lie behind the id it may reach (primary key)."""
    row = await reader.first(
        f"SELECT COUNT(*) AS total FROM event WHERE id > :up_to AND {_MEANT}",  # noqa: S608 - constant
        _wished(wish),
    )
    return 0 if row is None else int(row.total)


async def ids_to_purge(reader: Reader, seal: Seal, wish: PurgeWish) -> Sequence[int]:
    """List the rows of a seal that a purge is to remove (primary key).

    The newest row of the journal stays: SQLite gives the highest id again once its row is gone.
    """
    rows = await reader.all(
        f"""SELECT id FROM event WHERE id >= :first AND id <= :last AND id <= :up_to
            AND id < (SELECT MAX(id) FROM event) AND {_MEANT}
            ORDER BY id LIMIT :limit""",  # noqa: S608 - constant
        {"first": seal.first_id, "last": seal.last_id, "limit": seal.row_count, **_wished(wish)},
    )
    return [int(row.id) for row in rows]


async def oldest_in(reader: Reader, seal: Seal) -> int | None:
    """Tell when the oldest row of a seal happened (primary key)."""
    row = await reader.first(
        "SELECT MIN(at) AS oldest FROM event WHERE id >= :first AND id <= :last",
        {"first": seal.first_id, "last": seal.last_id},
    )
    return None if row is None or row.oldest is None else int(row.oldest)


async def count_in(reader: Reader, seal: Seal) -> int:
    """Count the rows of a seal that are there (primary key)."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM event WHERE id >= :first AND id <= :last",
        {"first": seal.first_id, "last": seal.last_id},
    )
    return 0 if row is None else int(row.total)


async def existing(work: Work, ids: Sequence[int]) -> Sequence[int]:
    """List which of these rows are there, and keep them (primary key)."""
    rows = await work.all(
        "SELECT id FROM event WHERE id IN :ids ORDER BY id LIMIT :limit FOR UPDATE",
        {"ids": list(ids), "limit": len(ids)},
    )
    return [int(row.id) for row in rows]


async def delete_rows(work: Work, ids: Sequence[int]) -> int:
    """Remove rows of the journal."""
    return await work.run("DELETE FROM event WHERE id IN :ids", {"ids": list(ids)})


def _seal(row: Row) -> Seal:
    return Seal(
        seal_id=row.id,
        kind=row.kind,
        first_id=row.first_id,
        last_id=row.last_id,
        row_count=row.row_count,
        digest=bytes(row.digest),
        detail=row.detail,
        sealed_at=row.sealed_at,
        key_id=row.key_id,
        mac=bytes(row.mac),
    )
