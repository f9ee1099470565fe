"""Rows of `job_queue` and `worker_pool`, and of `job` as queues and workers show them."""

from collections.abc import Sequence

from havre.jobs.model import Queue, Task, WorkerPool
from havre.jobs.store.executions import TASK_COLUMNS, read_task
from havre.kernel.clock import from_micros
from havre.kernel.work import Reader, Work


async def add_queues(work: Work, kinds: Sequence[str]) -> None:
    """Make known which kinds there are."""
    await work.run_many(
        "INSERT INTO job_queue (kind) VALUES (:kind) ON CONFLICT (kind) DO NOTHING",
        [{"kind": kind} for kind in kinds],
    )


async def list_queues(reader: Reader, now: int) -> Sequence[Queue]:
    """Read every queue with what waits in it (index job_turn)."""
    rows = await reader.all(
        """SELECT q.kind, q.is_paused, COUNT(j.id) AS waiting, MIN(j.run_after) AS oldest
           FROM job_queue q LEFT JOIN job j ON j.kind = q.kind AND j.state = 'waiting'
           GROUP BY q.kind, q.is_paused ORDER BY q.kind"""
    )
    return [
        Queue(
            row.kind,
            row.waiting,
            max(0, (now - row.oldest) // 1_000_000) if row.oldest is not None else 0,
            bool(row.is_paused),
        )
        for row in rows
    ]


async def queues_named(reader: Reader, name: str) -> Sequence[str]:
    """Find the queue of a name in any case."""
    rows = await reader.all(
        "SELECT kind FROM job_queue WHERE UPPER(kind) = UPPER(:name) ORDER BY kind", {"name": name}
    )
    return [row.kind for row in rows]


async def all_queues(reader: Reader) -> Sequence[str]:
    """List every queue."""
    return [row.kind for row in await reader.all("SELECT kind FROM job_queue ORDER BY kind")]


async def is_paused(reader: Reader, kind: str) -> bool:
    """Tell whether a queue is paused; one that nobody knows is not."""
    row = await reader.first("SELECT is_paused FROM job_queue WHERE kind = :kind", {"kind": kind})
    return row is not None and bool(row.is_paused)


async def set_paused(work: Work, kinds: Sequence[str], *, is_paused: bool) -> None:
    """Pause queues or let them go on."""
    await work.run(
        "UPDATE job_queue SET is_paused = :paused WHERE kind IN :kinds",
        {"kinds": list(kinds), "paused": is_paused},
    )


async def executions_waiting_in(work: Work, kinds: Sequence[str]) -> Sequence[int]:
    """List the executions with waiting jobs of these kinds (index job_turn)."""
    rows = await work.all(
        """SELECT DISTINCT execution_id FROM job WHERE kind IN :kinds AND state = 'waiting'
           AND execution_id IS NOT NULL ORDER BY execution_id""",
        {"kinds": list(kinds)},
    )
    return [int(row.execution_id) for row in rows]


async def stop_waiting_in(work: Work, kinds: Sequence[str], now: int) -> int:
    """End every waiting job of these kinds (index job_turn)."""
    return await work.run(
        """UPDATE job SET state = 'stopped', finished_at = :now, updated_at = :now
           WHERE kind IN :kinds AND state = 'waiting'""",
        {"kinds": list(kinds), "now": now},
    )


async def stop_of_execution(work: Work, execution_id: int, now: int) -> None:
    """End the waiting jobs of an execution and ask the running ones to stop (index job_unfinished)."""
    await work.run(
        """UPDATE job SET state = 'stopped', finished_at = :now, updated_at = :now
           WHERE execution_id = :id AND state = 'waiting'""",
        {"id": execution_id, "now": now},
    )
    await work.run(
        "UPDATE job SET must_stop = TRUE, updated_at = :now WHERE execution_id = :id AND state = 'running'",
        {"id": execution_id, "now": now},
    )


async def stop_job(work: Work, job_id: int, now: int) -> None:
    """End a waiting job, ask a running one to stop; one that ended is left."""
    await work.run(
        """UPDATE job SET state = 'stopped', finished_at = :now, updated_at = :now
           WHERE id = :id AND state = 'waiting'""",
        {"id": job_id, "now": now},
    )
    await work.run(
        "UPDATE job SET must_stop = TRUE, updated_at = :now WHERE id = :id AND state = 'running'",
        {"id": job_id, "now": now},
    )


async def stop_running(work: Work, now: int) -> None:
    """Ask every running job to stop (index job_lease)."""
    await work.run("UPDATE job SET must_stop = TRUE, updated_at = :now WHERE state = 'running'", {"now": now})


async def keep_pool(work: Work, pool: WorkerPool, started_at: int, now: int) -> None:
    """Insert a pool or note that it lives."""
    await work.run(
        """INSERT INTO worker_pool (id, host, pid, workers, started_at, heartbeat_at)
           VALUES (:id, :host, :pid, :workers, :started_at, :now)
           ON CONFLICT (id) DO UPDATE SET heartbeat_at = excluded.heartbeat_at""",
        {
            "id": pool.id,
            "host": pool.host,
            "pid": pool.pid,
            "workers": pool.workers,
            "started_at": started_at,
            "now": now,
        },
    )


async def delete_pool(work: Work, pool_id: str) -> None:
    """Delete a pool that ends."""
    await work.run("DELETE FROM worker_pool WHERE id = :id", {"id": pool_id})


async def delete_silent_pools(work: Work, before: int) -> None:
    """Delete pools that did not say that they live; the table has a row a process."""
    await work.run("DELETE FROM worker_pool WHERE heartbeat_at < :before", {"before": before})


async def list_pools(reader: Reader, since: int) -> Sequence[WorkerPool]:
    """Read the pools that said since then that they live."""
    rows = await reader.all(
        """SELECT id, host, pid, workers, started_at, heartbeat_at FROM worker_pool
           WHERE heartbeat_at >= :since ORDER BY started_at, id""",
        {"since": since},
    )
    return [
        WorkerPool(
            row.id, row.host, row.pid, row.workers, from_micros(row.started_at), from_micros(row.heartbeat_at)
        )
        for row in rows
    ]


async def list_running(reader: Reader, pool_ids: Sequence[str]) -> Sequence[tuple[str, Task]]:
    """Read what the pools run; at most their workers' number of rows (index job_lease)."""
    rows = await reader.all(
        f"SELECT {TASK_COLUMNS} FROM job WHERE state = 'running' AND pool_id IN :pools ORDER BY id",  # noqa: S608 - columns of ours
        {"pools": list(pool_ids)},
    )
    return [(row.pool_id, read_task(row)) for row in rows]
