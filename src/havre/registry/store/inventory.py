"""Walks over all rows, for `havre check` and its repairs."""

from collections.abc import Sequence
from dataclasses import dataclass

from havre.kernel.work import Reader, Work


@dataclass(frozen=True, slots=True)
class BlobRow:
    """A row of `blob`; `is_remembered` when a manifest names it or its review is queued."""

    digest: str
    key: str
    size: int
    is_remembered: bool


async def blobs_after(reader: Reader, after: str, limit: int) -> Sequence[BlobRow]:
    """List blobs in order of digest (primary keys, index manifest_ref_blob); one statement, one moment."""
    rows = await reader.all(
        """SELECT b.digest, b.key, b.size,
                  (EXISTS (SELECT 1 FROM manifest_ref f WHERE f.blob = b.digest)
                   OR EXISTS (SELECT 1 FROM gc_queue q WHERE q.kind = 'blob' AND q.repo_id = 0
                              AND q.digest = b.digest)) AS is_remembered
           FROM blob b WHERE b.digest > :after ORDER BY b.digest LIMIT :limit""",
        {"after": after, "limit": limit},
    )
    return [BlobRow(str(row.digest), str(row.key), int(row.size), bool(row.is_remembered)) for row in rows]


async def images_of(reader: Reader, digest: str, limit: int) -> tuple[Sequence[str], int]:
    """List images that name a blob, as repository@digest (tag), and count all (index manifest_ref_blob)."""
    rows = await reader.all(
        """SELECT r.name, f.parent, (SELECT MIN(t.name) FROM tag t
                  WHERE t.repo_id = f.repo_id AND t.digest = f.parent) AS tag
           FROM manifest_ref f JOIN repository r ON r.id = f.repo_id
           WHERE f.blob = :digest ORDER BY r.name, f.parent LIMIT :limit""",
        {"digest": digest, "limit": limit},
    )
    total = await reader.first(
        "SELECT COUNT(*) AS total FROM manifest_ref WHERE blob = :digest", {"digest": digest}
    )
    images = [f"{row.name}@{row.parent}" + (f" ({row.tag})" if row.tag else "") for row in rows]
    return images, 0 if total is None else int(total.total)


async def queue_forgotten(work: Work, digests: Sequence[str], review_after: int) -> None:
    """Queue those blobs for review that still nothing names and nobody reviews."""
    await work.run(
        """INSERT INTO gc_queue (kind, repo_id, digest, review_after, reason)
           SELECT 'blob', 0, b.digest, :review_after, 'forgotten' FROM blob b
           WHERE b.digest IN :digests
             AND NOT EXISTS (SELECT 1 FROM manifest_ref f WHERE f.blob = b.digest)
           ON CONFLICT (kind, repo_id, digest) DO NOTHING""",
        {"digests": list(digests), "review_after": review_after},
    )


async def manifests_after(
    reader: Reader, after: int, limit: int
) -> Sequence[tuple[int, str, str, bytes | None]]:
    """List (id, repository, digest, body) in order of id (primary key)."""
    rows = await reader.all(
        """SELECT m.id, r.name, m.digest, b.body FROM manifest m JOIN repository r ON r.id = m.repo_id
           LEFT JOIN manifest_body b ON b.digest = m.digest WHERE m.id > :after ORDER BY m.id LIMIT :limit""",
        {"after": after, "limit": limit},
    )
    return [
        (int(row.id), str(row.name), str(row.digest), None if row.body is None else bytes(row.body))
        for row in rows
    ]


async def dangling_references(reader: Reader) -> Sequence[tuple[str, str, str]]:
    """List (repository, manifest, blob) where the repository may not read a blob that its manifest names."""
    rows = await reader.all(
        """SELECT r.name, f.parent, f.child FROM manifest_ref f JOIN repository r ON r.id = f.repo_id
           LEFT JOIN repo_blob rb ON rb.repo_id = f.repo_id AND rb.digest = f.blob
           WHERE f.blob IS NOT NULL AND rb.digest IS NULL ORDER BY r.name, f.parent LIMIT 1000"""
    )
    return [(str(row.name), str(row.parent), str(row.child)) for row in rows]


async def known_keys(reader: Reader, keys: Sequence[str]) -> set[str]:
    """Tell which keys a blob, an upload or the trash knows (unique indexes)."""
    rows = await reader.all(
        """SELECT key FROM blob WHERE key IN :keys UNION SELECT key FROM trash WHERE key IN :keys
           UNION SELECT key FROM upload WHERE key IN :keys""",
        {"keys": list(keys)},
    )
    return {str(row.key) for row in rows}
