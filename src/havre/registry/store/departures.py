"""What goes takes its rows along; what those held is for the collector and the sweep."""

from collections.abc import Sequence

from havre.kernel.digest import Digest
from havre.kernel.work import Work
from havre.registry.store import manifests
from havre.registry.store.queue import QueueChanges


async def delete_manifest(
    work: Work, queue: QueueChanges, repo_id: int, digest: Digest, review_after: int
) -> Sequence[str] | None:
    """Delete a manifest and wish for reviews of what it held; returns its children, None without it."""
    held = await manifests.blobs_of(work, repo_id, digest)
    children = await manifests.children_of(work, repo_id, digest)
    if not await manifests.delete_manifest(work, repo_id, digest):
        return None
    queue.review_blobs(held, review_after, "manifest deleted")
    queue.review_manifests(repo_id, children, review_after, "index deleted")
    return children


async def lock_contents(work: Work, repo_id: int) -> Sequence[str]:
    """List the manifests of a locked repository, locked with their bodies: all go together."""
    rows = await work.all(
        "SELECT digest FROM manifest WHERE repo_id = :repo_id ORDER BY digest", {"repo_id": repo_id}
    )
    digests = [str(row.digest) for row in rows]
    await manifests.lock_bodies(work, digests)
    return digests


async def lock_links(work: Work, repo_id: int) -> Sequence[str]:
    """List the blobs that the repository holds, kept from collectors (primary key of repo_blob)."""
    rows = await work.all(
        "SELECT digest FROM repo_blob WHERE repo_id = :repo_id ORDER BY digest FOR UPDATE",
        {"repo_id": repo_id},
    )
    return [str(row.digest) for row in rows]


async def let_go_of_uploads(work: Work, repo_id: int, now: int) -> None:
    """Let the sweep delete the spools of uploads, which are in the trash already; their rows go.

    Who adds to an upload locks its row, then that of its key: so do we.
    """
    await work.all(
        "SELECT id FROM upload WHERE repo_id = :repo_id ORDER BY id FOR UPDATE", {"repo_id": repo_id}
    )
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
    for batch in manifests.batches(digests):
        await work.run(
            """DELETE FROM manifest_body WHERE digest IN :digests
               AND NOT EXISTS (SELECT 1 FROM manifest m WHERE m.digest = manifest_body.digest)""",
            {"digests": batch},
        )
