"""Rows of `job` and `job_schedule`."""

from collections.abc import Sequence

import msgspec

from havre.jobs.model import Job, Payload
from havre.kernel.work import Reader, Work

_decode = msgspec.json.Decoder(dict[str, str | int | bool | None]).decode


async def add_job(work: Work, kind: str, payload: Payload, max_attempts: int, now: int) -> None:
    """Insert a job that may run at once."""
    await work.run(
        """INSERT INTO job (kind, payload, state, max_attempts, run_after, created_at)
           VALUES (:kind, :payload, 'waiting', :max_attempts, :now, :now)""",
        {
            "kind": kind,
            "payload": msgspec.json.encode(payload).decode(),
            "max_attempts": max_attempts,
            "now": now,
        },
    )


async def is_any_due(reader: Reader, kinds: Sequence[str], now: int) -> bool:
    """Tell whether claim_jobs would find something (indexes job_due and job_lease)."""
    row = await reader.first(
        """SELECT 1 AS one FROM job WHERE kind IN :kinds AND state = 'waiting' AND run_after <= :now
           UNION ALL
           SELECT 1 AS one FROM job WHERE kind IN :kinds AND state = 'running' AND lease_until < :now
           LIMIT 1""",
        {"kinds": list(kinds), "now": now},
    )
    return row is not None


async def give_up_orphans(work: Work, now: int) -> None:
    """Fail jobs whose last attempt ended with the process that ran it (index job_lease)."""
    await work.run(
        """UPDATE job SET state = 'failed', finished_at = :now, lease_until = NULL,
           last_error = 'the process that ran it ended' WHERE state = 'running' AND lease_until < :now
           AND attempts >= max_attempts""",
        {"now": now},
    )


async def claim_jobs(
    work: Work, kinds: Sequence[str], owner: str, now: int, lease_until: int, limit: int
) -> Sequence[Job]:
    """Take due jobs, and those whose owner let its lease run out (indexes job_due and job_lease)."""
    rows = await work.all(
        """SELECT id, kind, payload, attempts, max_attempts FROM job
           WHERE kind IN :kinds AND ((state = 'waiting' AND run_after <= :now)
                                     OR (state = 'running' AND lease_until < :now))
           ORDER BY run_after, id LIMIT :limit FOR UPDATE SKIP LOCKED""",
        {"kinds": list(kinds), "now": now, "limit": limit},
    )
    if rows:
        await work.run(
            """UPDATE job SET state = 'running', attempts = attempts + 1, lease_owner = :owner,
               lease_until = :lease_until WHERE id IN :ids""",
            {"owner": owner, "lease_until": lease_until, "ids": [int(row.id) for row in rows]},
        )
    return [Job(row.id, row.kind, _decode(row.payload), row.attempts + 1, row.max_attempts) for row in rows]


async def extend_lease(work: Work, job_id: int, owner: str, lease_until: int) -> bool:
    """Keep a job; False when somebody else took it over."""
    kept = await work.run(
        """UPDATE job SET lease_until = :lease_until
           WHERE id = :id AND lease_owner = :owner AND state = 'running'""",
        {"id": job_id, "owner": owner, "lease_until": lease_until},
    )
    return kept == 1


async def finish_job(work: Work, job_id: int, owner: str, now: int) -> None:
    """Mark a job as done."""
    await work.run(
        """UPDATE job SET state = 'succeeded', finished_at = :now, lease_until = NULL
           WHERE id = :id AND lease_owner = :owner""",
        {"id": job_id, "owner": owner, "now": now},
    )


async def retry_job(work: Work, job_id: int, owner: str, error: str, run_after: int) -> None:
    """Put a job that failed back."""
    await work.run(
        """UPDATE job SET state = 'waiting', run_after = :run_after, last_error = :error, lease_owner = NULL,
           lease_until = NULL WHERE id = :id AND lease_owner = :owner""",
        {"id": job_id, "owner": owner, "error": error, "run_after": run_after},
    )


async def fail_job(work: Work, job_id: int, owner: str, error: str, now: int) -> None:
    """Give a job up."""
    await work.run(
        """UPDATE job SET state = 'failed', finished_at = :now, last_error = :error, lease_until = NULL
           WHERE id = :id AND lease_owner = :owner""",
        {"id": job_id, "owner": owner, "error": error, "now": now},
    )


async def release_job(work: Work, job_id: int, owner: str) -> None:
    """Give a job back that was cut off by an orderly stop: it counts as no attempt."""
    await work.run(
        """UPDATE job SET state = 'waiting', attempts = attempts - 1, lease_owner = NULL, lease_until = NULL
           WHERE id = :id AND lease_owner = :owner AND state = 'running'""",
        {"id": job_id, "owner": owner},
    )


async def delete_finished(work: Work, before: int) -> None:
    """Forget jobs that ended long ago; the table is small, no index serves it."""
    await work.run("DELETE FROM job WHERE finished_at < :before", {"before": before})


async def take_turn(work: Work, kind: str, every_s: int, now: int) -> bool:
    """Claim a schedule's next run; True for exactly one process."""
    await work.run(
        """INSERT INTO job_schedule (kind, every_s, next_run_at) VALUES (:kind, :every_s, :now)
           ON CONFLICT (kind) DO NOTHING""",
        {"kind": kind, "every_s": every_s, "now": now},
    )
    taken = await work.run(
        """UPDATE job_schedule SET next_run_at = :next, every_s = :every_s
           WHERE kind = :kind AND next_run_at <= :now""",
        {"kind": kind, "every_s": every_s, "now": now, "next": now + every_s * 1_000_000},
    )
    return taken == 1
