"""Rows of trust data: collections, documents, and what changed. Keys are in key_store.py.

Who changes a collection locks its row first, so one publication is whole before the next one looks.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from havre.kernel.clock import from_micros, to_micros
from havre.kernel.work import Reader, Row, Work
from havre.signing.gun import Gun
from havre.signing.tuf.roles import ROOT, TIMESTAMP
from havre.signing.tuf.sign import NewDocument


@dataclass(frozen=True, slots=True)
class Collection:
    """The trust data of one globally unique name."""

    id: int
    gun: str
    project_id: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A document as it is kept."""

    version: int
    body: bytes
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TrustChange:
    """One entry of the changefeed."""

    id: int
    gun: str
    version: int
    sha256: str
    category: str
    created_at: datetime


async def project_id(work: Work, name: str) -> int | None:
    """Find a project; it is not deleted before the commit."""
    row = await work.first("SELECT id FROM project WHERE name = :name FOR KEY SHARE", {"name": name})
    return None if row is None else int(row.id)


async def lock_project(work: Work, name: str) -> int | None:
    """Find a project and keep others from changing what is the project's own until the commit."""
    row = await work.first("SELECT id FROM project WHERE name = :name FOR UPDATE", {"name": name})
    return None if row is None else int(row.id)


async def find_collection(reader: Reader, gun: str) -> Collection | None:
    """Find a collection (index trust_collection_gun)."""
    row = await reader.first(
        "SELECT id, gun, project_id FROM trust_collection WHERE gun = :gun", {"gun": gun}
    )
    return None if row is None else Collection(int(row.id), row.gun, int(row.project_id))


async def open_collection(work: Work, project: int, gun: Gun, now: int) -> int:
    """Find or make a collection and keep others from changing it until the commit."""
    await work.run(
        """INSERT INTO trust_collection (gun, repository, project_id, created_at)
           VALUES (:gun, :repository, :project_id, :now) ON CONFLICT (gun) DO NOTHING""",
        {"gun": gun.text, "repository": gun.repository.text, "project_id": project, "now": now},
    )
    row = await work.first("SELECT id FROM trust_collection WHERE gun = :gun FOR UPDATE", {"gun": gun.text})
    assert row is not None  # the project is held, and only its deletion takes collections along
    return int(row.id)


async def lock_collection(work: Work, collection_id: int) -> bool:
    """Keep others from changing a collection until the commit; False when it is gone."""
    row = await work.first("SELECT id FROM trust_collection WHERE id = :id FOR UPDATE", {"id": collection_id})
    return row is not None


async def current_documents(reader: Reader, collection_id: int) -> Mapping[str, Stored]:
    """Read the newest document of every role (primary keys)."""
    rows = await reader.all(
        """SELECT c.role, c.version, c.expires_at, d.body, d.created_at FROM trust_current c
           JOIN trust_document d
             ON d.collection_id = c.collection_id AND d.role = c.role AND d.version = c.version
           WHERE c.collection_id = :id""",
        {"id": collection_id},
    )
    return {row.role: _stored(row) for row in rows}


async def current_versions(reader: Reader, collection_id: int) -> Mapping[str, int]:
    """Tell the newest version of every role (primary key)."""
    rows = await reader.all(
        "SELECT role, version FROM trust_current WHERE collection_id = :id", {"id": collection_id}
    )
    return {row.role: int(row.version) for row in rows}


async def current_document(reader: Reader, collection_id: int, role: str) -> Stored | None:
    """Read the newest document of one role (primary keys)."""
    row = await reader.first(
        """SELECT c.version, c.expires_at, d.body, d.created_at FROM trust_current c
           JOIN trust_document d
             ON d.collection_id = c.collection_id AND d.role = c.role AND d.version = c.version
           WHERE c.collection_id = :id AND c.role = :role""",
        {"id": collection_id, "role": role},
    )
    return None if row is None else _stored(row)


async def is_over(reader: Reader, collection_id: int, roles: Sequence[str], now: int) -> bool:
    """Tell whether the newest document of one of the roles has expired (primary key)."""
    row = await reader.first(
        """SELECT 1 FROM trust_current
           WHERE collection_id = :id AND role IN :roles AND expires_at <= :now LIMIT 1""",
        {"id": collection_id, "roles": list(roles), "now": now},
    )
    return row is not None


async def document_of_version(
    reader: Reader, collection_id: int, role: str, version: int
) -> tuple[bytes, datetime] | None:
    """Read one version of a role's document (primary key)."""
    row = await reader.first(
        """SELECT body, created_at FROM trust_document
           WHERE collection_id = :id AND role = :role AND version = :version""",
        {"id": collection_id, "role": role, "version": version},
    )
    return None if row is None else (bytes(row.body), from_micros(row.created_at))


async def document_of_hash(
    reader: Reader, collection_id: int, role: str, sha256: str
) -> tuple[bytes, datetime] | None:
    """Read the document of a role that has the hash (index trust_document_hash)."""
    row = await reader.first(
        """SELECT body, created_at FROM trust_document
           WHERE collection_id = :id AND sha256 = :sha256 AND role = :role""",
        {"id": collection_id, "sha256": sha256, "role": role},
    )
    return None if row is None else (bytes(row.body), from_micros(row.created_at))


async def keep(work: Work, collection: Collection, documents: Sequence[NewDocument], now: int) -> None:
    """Insert documents, which are the newest of their roles from now on, and note the change."""
    rows: list[dict[str, str | int | bytes]] = [
        {
            "id": collection.id,
            "role": one.role,
            "version": one.version,
            "sha256": hashlib.sha256(one.body).hexdigest(),
            "body": one.body,
            "expires": to_micros(one.expires),
            "now": now,
        }
        for one in documents
    ]
    await work.run_many(
        """INSERT INTO trust_document (collection_id, role, version, sha256, body, created_at)
           VALUES (:id, :role, :version, :sha256, :body, :now)""",
        rows,
    )
    await work.run_many(
        """INSERT INTO trust_current (collection_id, role, version, expires_at)
           VALUES (:id, :role, :version, :expires)
           ON CONFLICT (collection_id, role) DO UPDATE
             SET version = excluded.version, expires_at = excluded.expires_at""",
        rows,
    )
    for row in rows:
        if row["role"] == TIMESTAMP:
            change = (int(str(row["version"])), str(row["sha256"]))
            await add_change(work, collection.gun, "update", now, change)


async def add_change(
    work: Work, gun: str, category: str, now: int, document: tuple[int, str] = (0, "")
) -> None:
    """Add a line to the changefeed; `document` is the version and the hash of the timestamp."""
    await work.run(
        """INSERT INTO trust_change (gun, version, sha256, category, created_at)
           VALUES (:gun, :version, :sha256, :category, :now)""",
        {"gun": gun, "version": document[0], "sha256": document[1], "category": category, "now": now},
    )


async def delete_collection(work: Work, gun: str) -> bool:
    """Delete a collection with its documents; False when there is none."""
    return bool(await work.run("DELETE FROM trust_collection WHERE gun = :gun", {"gun": gun}))


async def guns_of_repository(reader: Reader, repository: str) -> Sequence[str]:
    """List the names under which a repository has trust data (index trust_collection_repository)."""
    rows = await reader.all(
        "SELECT gun FROM trust_collection WHERE repository = :repository ORDER BY gun LIMIT 1000",
        {"repository": repository},
    )
    return [str(row.gun) for row in rows]


async def expiring(reader: Reader, role: str, until: int, after: int, limit: int) -> Sequence[Collection]:
    """List collections whose document of a role expires until then (index trust_current_expiry)."""
    rows = await reader.all(
        """SELECT t.id, t.gun, t.project_id FROM trust_current c
           JOIN trust_collection t ON t.id = c.collection_id
           WHERE c.role = :role AND c.expires_at <= :until AND c.collection_id > :after
           ORDER BY c.collection_id LIMIT :limit""",
        {"role": role, "until": until, "after": after, "limit": limit},
    )
    return [Collection(int(row.id), row.gun, int(row.project_id)) for row in rows]


async def prune(work: Work, collection_id: int, before: int) -> int:
    """Drop documents that newer ones took the place of and no cache keeps; roots stay, to walk along."""
    return await work.run(
        """DELETE FROM trust_document WHERE collection_id = :id AND role <> :root AND created_at < :before
             AND version < (SELECT c.version FROM trust_current c
                            WHERE c.collection_id = trust_document.collection_id
                              AND c.role = trust_document.role)""",
        {"id": collection_id, "root": ROOT, "before": before},
    )


async def list_changes(
    reader: Reader, gun: str | None, start: int, limit: int, *, is_backwards: bool
) -> Sequence[TrustChange]:
    """List changes after a number, or before it (0 is the end); oldest first (index trust_change_gun)."""
    of_gun = "gun = :gun" if gun is not None else "1 = 1"
    place = "id > :start" if not is_backwards else "id < :start" if start > 0 else "1 = 1"
    order = "DESC" if is_backwards else "ASC"
    rows = await reader.all(
        f"""SELECT id, gun, version, sha256, category, created_at FROM trust_change
            WHERE {of_gun} AND {place} ORDER BY id {order} LIMIT :limit""",  # noqa: S608 - fixed parts
        {
            "limit": limit,
            **({"gun": gun} if gun is not None else {}),
            **({"start": start} if ":start" in place else {}),
        },
    )
    found = [
        TrustChange(
            int(row.id), row.gun, int(row.version), row.sha256, row.category, from_micros(row.created_at)
        )
        for row in rows
    ]
    return found[::-1] if is_backwards else found


def _stored(row: Row) -> Stored:
    return Stored(int(row.version), bytes(row.body), from_micros(row.created_at), from_micros(row.expires_at))
