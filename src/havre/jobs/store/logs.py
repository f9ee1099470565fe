"""Rows of `job_log`: what jobs said, in pieces."""

from havre.jobs.model import Fence
from havre.kernel.work import Reader, Work


async def append(work: Work, fence: Fence, text: str, progress: str | None, now: int) -> bool:
    """Add what a held job said since the last time; False when it is not held under this token any more.

    A progress of None leaves the last one.
    """
    kept = await work.run(
        """UPDATE job SET log_bytes = log_bytes + :size, progress = COALESCE(:progress, progress),
               progress_at = CASE WHEN :progress IS NULL THEN progress_at ELSE :now END, updated_at = :now
           WHERE id = :id AND lease_owner = :token AND state = 'running'""",
        {
            "id": fence.job_id,
            "token": fence.token,
            "size": len(text.encode()),
            "progress": progress,
            "now": now,
        },
    )
    if kept and text:
        await work.run(
            "INSERT INTO job_log (job_id, text) VALUES (:id, :text)", {"id": fence.job_id, "text": text}
        )
    return kept == 1


async def read(reader: Reader, job_id: int) -> str:
    """Read all that a job said; it is bounded where it is written (index job_log_job)."""
    rows = await reader.all("SELECT text FROM job_log WHERE job_id = :id ORDER BY id", {"id": job_id})
    return "".join(row.text for row in rows)
