"""Rows of `job` on their way: added, claimed, kept, settled. Every later write asks for the claim's token."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from havre.jobs.model import Claim, Fence, JobOptions, Payload, State
from havre.kernel.clock import from_micros, to_micros
from havre.kernel.work import Reader, Row, Work

# A process may die under a job for other reasons than the job: so many takings more than attempts.
PATIENCE: Final = 3
_decode = msgspec.json.Decoder(dict[str, str | int | bool | list[str] | None]).decode


def encode(value: Mapping[str, object]) -> str:
    """Write a payload or an extra as a column keeps it."""
    return msgspec.json.encode(value).decode()


def decode_payload(text: str) -> Payload:
    """Read a payload's column."""
    return _decode(text)


async def add_job(work: Work, kind: str, payload: Payload, options: JobOptions, now: int) -> int:
    """Insert a waiting job and return its number."""
    row = await work.first(
        """INSERT INTO job (kind, payload, state, max_attempts, priority, extra, execution_id, run_after,
                            created_at, updated_at)
           VALUES (:kind, :payload, 'waiting', :max_attempts, :priority, :extra, :execution_id, :run_after,
                   :now, :now)
           RETURNING id""",
        {
            "kind": kind,
            "payload": encode(payload),
            "max_attempts": options.max_attempts,
            "priority": options.priority,
            "extra": encode(options.extra),
            "execution_id": options.execution_id,
            "run_after": to_micros(options.run_after) if options.run_after else now,
            "now": now,
        },
    )
    assert row is not None
    return int(row.id)


async def due_kinds(reader: Reader, kinds: Sequence[str], now: int) -> Sequence[str]:
    """List the kinds that have something to claim and are not paused (indexes job_turn and job_lease)."""
    rows = await reader.all(
        """SELECT q.kind FROM job_queue q WHERE q.kind IN :kinds AND NOT q.is_paused AND (
               EXISTS (SELECT 1 FROM job j WHERE j.kind = q.kind AND j.state = 'waiting'
                       AND j.run_after <= :now)
               OR EXISTS (SELECT 1 FROM job j WHERE j.state = 'running' AND j.lease_until < :now
                          AND j.kind = q.kind))
           ORDER BY q.kind""",
        {"kinds": list(kinds), "now": now},
    )
    return [row.kind for row in rows]


async def lock_queue(work: Work, kind: str) -> bool:
    """Take the turn to count and claim a limited kind; False while another process has it, or it is paused.

    The next statement sees what the last holder committed (READ COMMITTED).
    """
    row = await work.first(
        "SELECT kind FROM job_queue WHERE kind = :kind AND NOT is_paused FOR UPDATE SKIP LOCKED",
        {"kind": kind},
    )
    return row is not None


async def count_running(work: Work, kind: str, now: int) -> int:
    """Count the jobs of a kind that somebody holds (index job_turn)."""
    row = await work.first(
        """SELECT COUNT(*) AS total FROM job WHERE kind = :kind AND state = 'running'
           AND lease_until >= :now""",
        {"kind": kind, "now": now},
    )
    return int(row.total) if row is not None else 0


async def candidates(work: Work, kind: str, now: int, limit: int) -> Sequence[Row]:
    """Lock due jobs of a kind, and those whose holder let the lease run out (job_turn and job_lease)."""
    columns = """id, kind, payload, attempts, max_attempts, execution_id, created_at, log_bytes, priority,
                 run_after"""
    lapsed = await work.all(
        f"""SELECT {columns} FROM job WHERE state = 'running' AND lease_until < :now AND kind = :kind
                AND NOT must_stop AND attempts < max_attempts + {PATIENCE}
            ORDER BY lease_until LIMIT :limit FOR UPDATE SKIP LOCKED""",  # noqa: S608 - columns of ours
        {"kind": kind, "now": now, "limit": limit},
    )
    waiting = await work.all(
        f"""SELECT {columns} FROM job WHERE kind = :kind AND state = 'waiting' AND run_after <= :now
            ORDER BY priority DESC, run_after, id LIMIT :limit FOR UPDATE SKIP LOCKED""",  # noqa: S608 - columns of ours
        {"kind": kind, "now": now, "limit": limit},
    )
    return [*lapsed, *waiting]


async def claim(
    work: Work, rows: Sequence[Row], token: str, pool_id: str, now: int, lease_until: int
) -> Sequence[Claim]:
    """Take locked jobs under one fresh token."""
    await work.run(
        """UPDATE job SET state = 'running', attempts = attempts + 1, lease_owner = :token,
               lease_until = :lease_until, pool_id = :pool, started_at = :now, updated_at = :now,
               progress = '', progress_at = NULL
           WHERE id IN :ids""",
        {
            "token": token,
            "lease_until": lease_until,
            "pool": pool_id,
            "now": now,
            "ids": [int(row.id) for row in rows],
        },
    )
    return [
        Claim(
            Fence(row.id, token, row.execution_id),
            row.kind,
            decode_payload(row.payload),
            row.attempts + 1,
            row.max_attempts,
            from_micros(row.created_at),
            row.log_bytes,
        )
        for row in rows
    ]


async def extend_leases(work: Work, tokens: Sequence[str], lease_until: int) -> None:
    """Keep every job that is still held under these tokens."""
    await work.run(
        "UPDATE job SET lease_until = :until WHERE state = 'running' AND lease_owner IN :tokens",
        {"until": lease_until, "tokens": list(tokens)},
    )


async def must_stop(work: Work, fence: Fence) -> bool:
    """Tell whether somebody asked a job to stop (primary key)."""
    row = await work.first("SELECT must_stop FROM job WHERE id = :id", {"id": fence.job_id})
    return row is not None and bool(row.must_stop)


async def held(reader: Reader, job_ids: Sequence[int]) -> Sequence[Row]:
    """Read who holds each job and whether it must stop (primary key)."""
    return await reader.all(
        """SELECT id, lease_owner, must_stop FROM job WHERE id IN :ids AND state = 'running' ORDER BY id""",
        {"ids": list(job_ids)},
    )


async def is_held(work: Work, fence: Fence) -> bool:
    """Lock a job that is still held under this token; False when it is not."""
    row = await work.first(
        "SELECT id FROM job WHERE id = :id AND lease_owner = :token AND state = 'running' FOR UPDATE",
        {"id": fence.job_id, "token": fence.token},
    )
    return row is not None


async def set_extra(work: Work, job_id: int, extra: Mapping[str, object], now: int) -> None:
    """Replace what is shown of a job (primary key)."""
    await work.run(
        "UPDATE job SET extra = :extra, updated_at = :now WHERE id = :id",
        {"id": job_id, "extra": encode(extra), "now": now},
    )


async def end_job(work: Work, fence: Fence, state: State, message: str, now: int) -> bool:
    """End a held job; False when it is not held under this token any more."""
    ended = await work.run(
        """UPDATE job SET state = :state, finished_at = :now, updated_at = :now, last_error = :message,
               lease_owner = NULL, lease_until = NULL, pool_id = NULL
           WHERE id = :id AND lease_owner = :token AND state = 'running'""",
        {
            "id": fence.job_id,
            "token": fence.token,
            "state": str(state),
            "message": message or None,
            "now": now,
        },
    )
    return ended == 1


async def put_back(work: Work, fence: Fence, message: str | None, run_after: int, now: int) -> bool:
    """Let a held job wait again that need not stop; False when it must, or is not held any more.

    Without a message it was cut off by an orderly stop of the process: that is no attempt.
    """
    put = await work.run(
        """UPDATE job SET state = 'waiting', run_after = :run_after, attempts = attempts - :refund,
               last_error = COALESCE(:message, last_error), updated_at = :now, lease_owner = NULL,
               lease_until = NULL, pool_id = NULL
           WHERE id = :id AND lease_owner = :token AND state = 'running' AND NOT must_stop""",
        {
            "id": fence.job_id,
            "token": fence.token,
            "run_after": run_after,
            "refund": int(message is None),
            "message": message,
            "now": now,
        },
    )
    return put == 1


async def lapsed_for_good(reader: Reader, now: int) -> Sequence[Fence]:
    """List jobs whose holder died and that nobody takes again: stopped, or tried too often (job_lease)."""
    rows = await reader.all(
        f"""SELECT id, lease_owner, execution_id FROM job WHERE state = 'running' AND lease_until < :now
                AND (must_stop OR attempts >= max_attempts + {PATIENCE})
            ORDER BY lease_until LIMIT 100""",  # noqa: S608 - columns of ours
        {"now": now},
    )
    return [Fence(row.id, row.lease_owner, row.execution_id) for row in rows]


async def delete_finished(work: Work, before: int, limit: int) -> int:
    """Forget jobs of no execution that ended long ago (index job_finished)."""
    return await work.run(
        """DELETE FROM job WHERE id IN (SELECT id FROM job WHERE finished_at < :before
           AND execution_id IS NULL ORDER BY finished_at LIMIT :limit)""",
        {"before": before, "limit": limit},
    )
