"""The collector's rows: what is due in `gc_queue`, what still holds it, and letting it go.

Locks are taken as queue.py says; what somebody else holds is skipped and stays in the queue.
A locked blob is checked in a second statement: in READ COMMITTED only that sees what the lock waited for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from havre.kernel.work import Reader, Work


@dataclass(frozen=True, slots=True)
class DueBlob:
    """A blob whose review is due; `review_after` and the digest are the place in the queue."""

    digest: str
    review_after: int
    reason: str


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """Where a blob's bytes are and how many."""

    digest: str
    key: str
    size: int


@dataclass(frozen=True, slots=True)
class DueManifest:
    """A manifest whose review is due."""

    repo_id: int
    digest: str
    review_after: int
    reason: str


@dataclass(frozen=True, slots=True)
class StoredManifest:
    """Where a manifest is and how large its document is."""

    repository: str
    project_id: int
    size: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue: everything behind it is still to be looked at."""

    review_after: int = -1
    repo_id: int = 0
    digest: str = ""


async def due_blobs(reader: Reader, until: int, after: Place, limit: int) -> Sequence[DueBlob]:
    """List blobs to review, oldest first (index gc_queue_due)."""
    rows = await reader.all(
        """SELECT digest, review_after, reason FROM gc_queue
           WHERE kind = 'blob' AND review_after <= :until
             AND (review_after, repo_id, digest) > (:moment, 0, :digest)
           ORDER BY review_after, repo_id, digest LIMIT :limit""",
        {"until": until, "moment": after.review_after, "digest": after.digest, "limit": limit},
    )
    return [DueBlob(row.digest, row.review_after, row.reason) for row in rows]


async def due_manifests(reader: Reader, until: int, after: Place, limit: int) -> Sequence[DueManifest]:
    """List manifests to review, oldest first (index gc_queue_due)."""
    rows = await reader.all(
        """SELECT repo_id, digest, review_after, reason FROM gc_queue
           WHERE kind = 'manifest' AND review_after <= :until
             AND (review_after, repo_id, digest) > (:moment, :repo_id, :digest)
           ORDER BY review_after, repo_id, digest LIMIT :limit""",
        {
            "until": until,
            "moment": after.review_after,
            "repo_id": after.repo_id,
            "digest": after.digest,
            "limit": limit,
        },
    )
    return [DueManifest(row.repo_id, row.digest, row.review_after, row.reason) for row in rows]


async def lock_blobs(work: Work, digests: Sequence[str]) -> Sequence[StoredBlob]:
    """Lock the blobs that nobody is just pushing; the others are left for another time."""
    rows = await work.all(
        """SELECT digest, key, size FROM blob WHERE digest IN :digests
           ORDER BY digest FOR UPDATE SKIP LOCKED""",
        {"digests": list(digests)},
    )
    return [StoredBlob(row.digest, row.key, row.size) for row in rows]


async def stored_blobs(reader: Reader, digests: Sequence[str]) -> Mapping[str, int]:
    """Tell which blobs exist, with their sizes; locks nothing."""
    rows = await reader.all(
        "SELECT digest, size FROM blob WHERE digest IN :digests", {"digests": list(digests)}
    )
    return {str(row.digest): int(row.size) for row in rows}


async def referenced(reader: Reader, digests: Sequence[str]) -> frozenset[str]:
    """Tell which blobs a manifest names (index manifest_ref_blob)."""
    rows = await reader.all(
        "SELECT DISTINCT blob FROM manifest_ref WHERE blob IN :digests", {"digests": list(digests)}
    )
    return frozenset(str(row.blob) for row in rows)


async def leases(reader: Reader, digests: Sequence[str], since: int) -> Mapping[str, int]:
    """Tell until when repositories hold blobs that no manifest names yet (index repo_blob_digest)."""
    rows = await reader.all(
        """SELECT digest, MAX(lease_until) AS until FROM repo_blob
           WHERE digest IN :digests AND lease_until > :since GROUP BY digest""",
        {"digests": list(digests), "since": since},
    )
    return {str(row.digest): int(row.until) for row in rows}


async def drop_blobs(work: Work, dead: Sequence[StoredBlob], delete_after: int) -> None:
    """Delete the rows of locked blobs; their keys are in the trash in the same transaction."""
    digests = [blob.digest for blob in dead]
    await work.all(
        "SELECT digest FROM repo_blob WHERE digest IN :digests ORDER BY digest, repo_id FOR UPDATE",
        {"digests": digests},
    )
    await work.run("DELETE FROM repo_blob WHERE digest IN :digests", {"digests": digests})
    await work.run("DELETE FROM blob WHERE digest IN :digests", {"digests": digests})
    await work.run_many(
        """INSERT INTO trash (key, delete_after) VALUES (:key, :delete_after)
           ON CONFLICT (key) DO UPDATE SET delete_after = excluded.delete_after""",
        [{"key": blob.key, "delete_after": delete_after} for blob in dead],
    )


_MANIFEST: Final = """SELECT r.name, r.project_id, m.size
   FROM manifest m JOIN repository r ON r.id = m.repo_id WHERE m.repo_id = :repo_id AND m.digest = :digest"""


async def lock_manifest(work: Work, repo_id: int, digest: str) -> StoredManifest | None:
    """Lock a manifest and its bytes; None when it is gone, or when somebody is just using it."""
    body = await work.first(
        "SELECT 1 AS one FROM manifest_body WHERE digest = :digest FOR UPDATE SKIP LOCKED", {"digest": digest}
    )
    if body is None:
        return None
    row = await work.first(f"{_MANIFEST} FOR UPDATE OF m SKIP LOCKED", {"repo_id": repo_id, "digest": digest})
    return None if row is None else StoredManifest(row.name, row.project_id, row.size)


async def stored_manifest(reader: Reader, repo_id: int, digest: str) -> StoredManifest | None:
    """Find a manifest (unique key manifest_once); locks nothing."""
    row = await reader.first(_MANIFEST, {"repo_id": repo_id, "digest": digest})
    return None if row is None else StoredManifest(row.name, row.project_id, row.size)


async def what_holds(reader: Reader, repo_id: int, digest: str) -> str | None:
    """Say what keeps a manifest: a tag, an index, the subject it describes; None when nothing does."""
    row = await reader.first(
        """SELECT (SELECT MIN(name) FROM tag WHERE repo_id = :repo_id AND digest = :digest) AS tag,
                  (SELECT MIN(parent) FROM manifest_ref
                   WHERE repo_id = :repo_id AND child = :digest AND kind = 'manifest') AS parent,
                  (SELECT s.digest FROM manifest m JOIN manifest s
                     ON s.repo_id = m.repo_id AND s.digest = m.subject
                   WHERE m.repo_id = :repo_id AND m.digest = :digest) AS subject""",
        {"repo_id": repo_id, "digest": digest},
    )
    assert row is not None
    if row.tag is not None:
        return f"tag {row.tag}"
    if row.parent is not None:
        return f"index {row.parent}"
    return None if row.subject is None else f"subject {row.subject}"


async def untagged_manifests(
    reader: Reader, bounds: tuple[int, int, int], limit: int
) -> Sequence[tuple[int, int, str]]:
    """List (id, repository id, digest) of manifests without a tag, by id; children and referrers too.

    `bounds`: behind which id, pushed before when, and until when a review is due. One that waits for its
    review just lost its tag: it has its grace period (unique key of gc_queue).
    """
    after_id, pushed_before, until = bounds
    rows = await reader.all(
        """SELECT m.id, m.repo_id, m.digest FROM manifest m
           WHERE m.id > :after AND m.pushed_at < :before
             AND NOT EXISTS (SELECT 1 FROM tag t WHERE t.repo_id = m.repo_id AND t.digest = m.digest)
             AND NOT EXISTS (SELECT 1 FROM gc_queue q WHERE q.kind = 'manifest' AND q.repo_id = m.repo_id
                             AND q.digest = m.digest AND q.review_after > :until)
           ORDER BY m.id LIMIT :limit""",
        {"after": after_id, "before": pushed_before, "until": until, "limit": limit},
    )
    return [(int(row.id), int(row.repo_id), str(row.digest)) for row in rows]
