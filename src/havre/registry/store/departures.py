"""A repository goes: its rows by cascade; what they held is for the collector and the sweep."""

from collections.abc import Iterator, Sequence
from typing import Final

from havre.kernel.work import Reader, Work

_BATCH: Final = 1000


async def lock_contents(work: Work, repo_id: int) -> Sequence[str]:
    """List the manifests of a repository, locked with their bodies, and then the repository itself.

    All of them: they go together. The order is that of store/queue.py.
    """
    rows = await work.all(
        "SELECT digest FROM manifest WHERE repo_id = :repo_id ORDER BY digest", {"repo_id": repo_id}
    )
    digests = [str(row.digest) for row in rows]
    for batch in _batches(digests):
        await work.all(
            "SELECT digest FROM manifest_body WHERE digest IN :digests ORDER BY digest FOR UPDATE",
            {"digests": batch},
        )
    await work.first("SELECT id FROM repository WHERE id = :id FOR UPDATE", {"id": repo_id})
    return digests


async def blobs_of(reader: Reader, repo_id: int) -> Sequence[str]:
    """List every blob that the repository holds (primary key of repo_blob)."""
    rows = await reader.all(
        "SELECT digest FROM repo_blob WHERE repo_id = :repo_id ORDER BY digest", {"repo_id": repo_id}
    )
    return [str(row.digest) for row in rows]


async def let_go_of_uploads(work: Work, repo_id: int, now: int) -> None:
    """Let the sweep delete the spools of uploads, which are in the trash already; their rows go."""
    await work.run(
        """UPDATE trash SET delete_after = :now
           WHERE key IN (SELECT u.key FROM upload u WHERE u.repo_id = :repo_id)""",
        {"repo_id": repo_id, "now": now},
    )


async def delete_repository(work: Work, repo_id: int) -> None:
    """Delete the repository with all that hangs on it."""
    await work.run("DELETE FROM repository WHERE id = :id", {"id": repo_id})


async def drop_bodies(work: Work, digests: Sequence[str]) -> None:
    """Delete the locked bodies that no other repository has."""
    for batch in _batches(digests):
        await work.run(
            """DELETE FROM manifest_body WHERE digest IN :digests
               AND NOT EXISTS (SELECT 1 FROM manifest m WHERE m.digest = manifest_body.digest)""",
            {"digests": batch},
        )


def _batches(digests: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(digests), _BATCH):
        yield list(digests[start : start + _BATCH])
