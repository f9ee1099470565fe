"""Rows of `upload`."""

from collections.abc import Sequence
from typing import Final

from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Reader, Work
from havre.registry.model import Upload

_FIND: Final = (
    "SELECT u.repo_id, r.project_id, u.key, u.algorithm, u.offset_bytes, u.digest_so_far, u.done_digest "
    "FROM upload u JOIN repository r ON r.id = u.repo_id "
    "WHERE u.id = :id AND r.name = :repository AND u.expires_at > :now"
)


async def find_upload(
    database: Database, repository: RepositoryName, upload_id: str, now: int
) -> Upload | None:
    """Find a live or just finished upload of the repository."""
    row = await database.hot(_FIND, {"id": upload_id, "repository": repository.text, "now": now})
    if row is None:
        return None
    repo_id, project_id, key, algorithm, offset, so_far, done = row
    return Upload(
        upload_id=upload_id,
        repository=repository,
        repo_id=repo_id,
        project_id=project_id,
        key=key,
        algorithm=algorithm,
        offset=offset,
        digest_so_far=Digest.parse(so_far) if so_far else None,
        done_digest=Digest.parse(done) if done else None,
    )


async def add_upload(work: Work, upload: Upload, started_by: str, now: int, expires_at: int) -> None:
    """Insert a fresh upload."""
    await work.run(
        """INSERT INTO upload (id, repo_id, key, algorithm, offset_bytes, started_by, started_at, expires_at)
           VALUES (:id, :repo_id, :key, :algorithm, 0, :started_by, :now, :expires_at)""",
        {
            "id": upload.upload_id,
            "repo_id": upload.repo_id,
            "key": upload.key,
            "algorithm": upload.algorithm,
            "started_by": started_by,
            "now": now,
            "expires_at": expires_at,
        },
    )


async def advance(
    work: Work, upload_id: str, offset: int, digest_so_far: Digest | None, expires_at: int
) -> bool:
    """Acknowledge bytes; False when the upload was cancelled or finished meanwhile."""
    moved = await work.run(
        """UPDATE upload SET offset_bytes = :offset, digest_so_far = :digest, expires_at = :expires_at
           WHERE id = :id AND done_digest IS NULL""",
        {
            "id": upload_id,
            "offset": offset,
            "digest": str(digest_so_far) if digest_so_far else None,
            "expires_at": expires_at,
        },
    )
    return moved == 1


async def mark_done(work: Work, upload_id: str, digest: Digest, expires_at: int) -> bool:
    """Keep the finished upload for a while, so that a repeated PUT gets its answer again."""
    moved = await work.run(
        "UPDATE upload SET done_digest = :digest, expires_at = :expires_at "
        "WHERE id = :id AND done_digest IS NULL",
        {"id": upload_id, "digest": str(digest), "expires_at": expires_at},
    )
    return moved == 1


async def drop_upload(work: Work, upload_id: str) -> bool:
    """Delete the row; False when it was gone."""
    return await work.run("DELETE FROM upload WHERE id = :id", {"id": upload_id}) == 1


async def expired_uploads(reader: Reader, now: int, limit: int) -> Sequence[tuple[str, str]]:
    """List (id, key) of uploads past their time (index upload_expires)."""
    rows = await reader.all(
        "SELECT id, key FROM upload WHERE expires_at <= :now ORDER BY expires_at, id LIMIT :limit",
        {"now": now, "limit": limit},
    )
    return [(str(row.id), str(row.key)) for row in rows]
