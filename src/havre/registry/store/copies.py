"""What a copy reads of its source."""

from collections.abc import Sequence
from dataclasses import dataclass

from havre.kernel.work import Reader, Work


@dataclass(frozen=True, slots=True)
class SourceManifest:
    """A manifest to copy."""

    media_type: str
    body: bytes
    total_size: int


async def manifest_of(reader: Reader, repo_id: int, digest: str) -> SourceManifest | None:
    """Read a manifest of the source (unique key manifest_once); None when it has none of this digest."""
    row = await reader.first(
        """SELECT m.media_type, m.total_size, b.body FROM manifest m
           JOIN manifest_body b ON b.digest = m.digest
           WHERE m.repo_id = :repo_id AND m.digest = :digest""",
        {"repo_id": repo_id, "digest": digest},
    )
    return None if row is None else SourceManifest(row.media_type, bytes(row.body), row.total_size)


async def held_blobs(work: Work, repo_id: int, digests: Sequence[str]) -> Sequence[str]:
    """Tell which blobs the source holds, locked so that no collector takes them before the commit."""
    if not digests:
        return []
    rows = await work.all(
        """SELECT b.digest FROM blob b JOIN repo_blob rb ON rb.digest = b.digest
           WHERE rb.repo_id = :repo_id AND b.digest IN :digests AND NOT b.is_quarantined
           ORDER BY b.digest FOR KEY SHARE OF b""",
        {"repo_id": repo_id, "digests": sorted(set(digests))},
    )
    return [str(row.digest) for row in rows]
