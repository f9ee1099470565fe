"""Walks over all rows, for `havre check`."""

from collections.abc import Sequence

from havre.kernel.work import Reader


async def blobs_after(reader: Reader, after: str, limit: int) -> Sequence[tuple[str, str, int]]:
    """List (digest, key, size) in order of digest (primary key)."""
    rows = await reader.all(
        "SELECT digest, key, size FROM blob WHERE digest > :after ORDER BY digest LIMIT :limit",
        {"after": after, "limit": limit},
    )
    return [(str(row.digest), str(row.key), int(row.size)) for row in rows]


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
