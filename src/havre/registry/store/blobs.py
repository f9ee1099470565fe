"""Rows of `blob`, `repo_blob` and `trash`."""

from collections.abc import Sequence
from typing import Final

from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Reader, Work
from havre.registry.model import BlobContent

_FIND: Final = (
    "SELECT b.key, b.size FROM repository r "
    "JOIN repo_blob rb ON rb.repo_id = r.id AND rb.digest = :digest "
    "JOIN blob b ON b.digest = rb.digest WHERE r.name = :repository AND NOT b.is_quarantined"
)


async def find_blob(database: Database, repository: RepositoryName, digest: Digest) -> BlobContent | None:
    """Find a blob that the repository holds: the hot read of every layer pull (primary keys)."""
    row = await database.hot(_FIND, {"digest": str(digest), "repository": repository.text})
    return None if row is None else BlobContent(digest, row[0], row[1])


_FIND_REVIEWED: Final = (
    "SELECT b.key, b.size, "
    "(SELECT q.review_after FROM gc_queue q WHERE q.kind = 'blob' AND q.repo_id = 0 AND q.digest = b.digest) "
    "FROM repository r JOIN repo_blob rb ON rb.repo_id = r.id AND rb.digest = :digest "
    "JOIN blob b ON b.digest = rb.digest WHERE r.name = :repository AND NOT b.is_quarantined"
)


async def find_reviewed_blob(
    database: Database, repository: RepositoryName, digest: Digest
) -> tuple[BlobContent, int | None] | None:
    """Find a blob that the repository holds, with the moment of its review if it has one (primary keys)."""
    row = await database.hot(_FIND_REVIEWED, {"digest": str(digest), "repository": repository.text})
    return None if row is None else (BlobContent(digest, row[0], row[1]), row[2])


async def extend_lease(work: Work, repo_id: int, digest: Digest, lease_until: int) -> None:
    """Let a repository hold a blob longer; never shorter."""
    await work.run(
        """UPDATE repo_blob SET lease_until = :until
           WHERE repo_id = :repo_id AND digest = :digest AND lease_until < :until""",
        {"repo_id": repo_id, "digest": str(digest), "until": lease_until},
    )


async def lock_blob(work: Work, digest: Digest) -> str | None:
    """Return the key of a blob and keep a collector from it until the end of the transaction."""
    row = await work.first(
        "SELECT key FROM blob WHERE digest = :digest AND NOT is_quarantined FOR KEY SHARE",
        {"digest": str(digest)},
    )
    return None if row is None else str(row.key)


async def blob_size(reader: Reader, digest: Digest) -> int | None:
    """Tell the size of a blob that any repository holds."""
    row = await reader.first(
        "SELECT size FROM blob WHERE digest = :digest AND NOT is_quarantined", {"digest": str(digest)}
    )
    return None if row is None else int(row.size)


async def add_blob(work: Work, digest: Digest, key: str, size: int, now: int) -> bool:
    """Insert the blob; False when somebody else's copy is there already."""
    added = await work.run(
        """INSERT INTO blob (digest, key, size, created_at) VALUES (:digest, :key, :size, :now)
           ON CONFLICT (digest) DO NOTHING""",
        {"digest": str(digest), "key": key, "size": size, "now": now},
    )
    return added == 1


async def link_blob(work: Work, repo_id: int, digest: Digest, now: int, lease_until: int) -> None:
    """Let the repository read the blob, with a lease until a manifest names it."""
    await work.run(
        """INSERT INTO repo_blob (repo_id, digest, created_at, lease_until)
           VALUES (:repo_id, :digest, :now, :lease_until)
           ON CONFLICT (repo_id, digest) DO UPDATE SET lease_until = excluded.lease_until""",
        {"repo_id": repo_id, "digest": str(digest), "now": now, "lease_until": lease_until},
    )


async def unlink_blob(work: Work, repo_id: int, digest: Digest) -> bool:
    """Take the blob from the repository; False when it was not there."""
    gone = await work.run(
        "DELETE FROM repo_blob WHERE repo_id = :repo_id AND digest = :digest",
        {"repo_id": repo_id, "digest": str(digest)},
    )
    return gone == 1


async def is_referenced(reader: Reader, repo_id: int, digest: Digest) -> bool:
    """Tell whether a manifest of the repository names the blob (index manifest_ref_child)."""
    row = await reader.first(
        "SELECT 1 AS one FROM manifest_ref WHERE repo_id = :repo_id AND child = :digest LIMIT 1",
        {"repo_id": repo_id, "digest": str(digest)},
    )
    return row is not None


async def is_referenced_anywhere(reader: Reader, digest: Digest) -> bool:
    """Tell whether any manifest keeps the blob alive (index manifest_ref_blob)."""
    row = await reader.first(
        "SELECT 1 AS one FROM manifest_ref WHERE blob = :digest LIMIT 1", {"digest": str(digest)}
    )
    return row is not None


async def holders_of(reader: Reader, digest: Digest, limit: int) -> Sequence[str]:
    """List repositories that hold the blob, by name (index repo_blob_digest)."""
    rows = await reader.all(
        """SELECT r.name FROM repo_blob rb JOIN repository r ON r.id = rb.repo_id
           WHERE rb.digest = :digest ORDER BY r.name LIMIT :limit""",
        {"digest": str(digest), "limit": limit},
    )
    return [str(row.name) for row in rows]


async def intend(work: Work, key: str, delete_after: int) -> None:
    """Write the intent before the first byte: the key is swept unless a row takes it over."""
    await work.run(
        """INSERT INTO trash (key, delete_after) VALUES (:key, :delete_after)
           ON CONFLICT (key) DO UPDATE SET delete_after = excluded.delete_after""",
        {"key": key, "delete_after": delete_after},
    )


async def is_in_trash(reader: Reader, key: str) -> bool:
    """Tell whether a key is in the trash; one that was swept is not."""
    row = await reader.first("SELECT 1 AS one FROM trash WHERE key = :key", {"key": key})
    return row is not None


async def keep(work: Work, key: str) -> bool:
    """Take a key out of the trash: a row holds it now.

    False when it was not there: the sweeper may have taken its bytes.
    """
    return await work.run("DELETE FROM trash WHERE key = :key", {"key": key}) == 1


async def due_trash(
    reader: Reader, now: int, after: tuple[int, str], limit: int
) -> Sequence[tuple[int, str]]:
    """List (time, key) of what is due behind a place, oldest first (index trash_due)."""
    rows = await reader.all(
        """SELECT delete_after, key FROM trash
           WHERE delete_after <= :now AND (delete_after, key) > (:moment, :key)
           ORDER BY delete_after, key LIMIT :limit""",
        {"now": now, "moment": after[0], "key": after[1], "limit": limit},
    )
    return [(int(row.delete_after), str(row.key)) for row in rows]


async def forget_trash(work: Work, keys: Sequence[str]) -> None:
    """Drop the rows of keys whose bytes are gone."""
    if keys:
        await work.run("DELETE FROM trash WHERE key IN :keys", {"keys": list(keys)})


async def postpone_trash(work: Work, keys: Sequence[str], until: int) -> None:
    """Try keys again later."""
    if keys:
        await work.run(
            "UPDATE trash SET delete_after = :until, attempts = attempts + 1 WHERE key IN :keys",
            {"until": until, "keys": list(keys)},
        )
