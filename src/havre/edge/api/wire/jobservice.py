"""The shapes of the jobservice."""

from datetime import datetime
from typing import Literal

import msgspec

from havre.jobs.model import Queue, Worker, WorkerPool


class WorkerPoolShape(msgspec.Struct):
    """`WorkerPool`."""

    worker_pool_id: str
    host: str
    pid: int
    concurrency: int
    start_at: datetime
    heartbeat_at: datetime


class WorkerShape(msgspec.Struct, omit_defaults=True):
    """`Worker`; a free one has no job."""

    id: str
    pool_id: str
    job_name: str = ""
    job_id: str = ""
    start_at: datetime | None = None
    check_in: str = ""
    checkin_at: datetime | None = None


class JobQueue(msgspec.Struct):
    """`JobQueue`."""

    job_type: str
    count: int
    latency: int
    paused: bool


class ActionRequest(msgspec.Struct):
    """`ActionRequest`."""

    action: Literal["stop", "pause", "resume"]


def pool_shape(pool: WorkerPool) -> WorkerPoolShape:
    """Show a pool."""
    return WorkerPoolShape(
        worker_pool_id=pool.id,
        host=pool.host,
        pid=pool.pid,
        concurrency=pool.workers,
        start_at=pool.started_at,
        heartbeat_at=pool.heartbeat_at,
    )


def worker_shape(worker: Worker) -> WorkerShape:
    """Show a worker."""
    task = worker.task
    if task is None:
        return WorkerShape(worker.id, worker.pool_id)
    return WorkerShape(
        id=worker.id,
        pool_id=worker.pool_id,
        job_name=task.kind,
        job_id=str(task.id),
        start_at=task.started_at,
        check_in=task.progress,
        checkin_at=task.progress_at,
    )


def queue_shape(queue: Queue) -> JobQueue:
    """Show a queue."""
    return JobQueue(queue.kind, queue.waiting, queue.latency_s, queue.is_paused)
