"""Enqueue: add a job to the transaction that causes it."""

from typing import Final

from havre.jobs.model import JobOptions, NewExecution, Payload
from havre.jobs.store import claims, executions
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Work

_PLAIN: Final = JobOptions()


async def enqueue(work: Work, clock: Clock, kind: str, payload: Payload, options: JobOptions = _PLAIN) -> int:
    """Add a job and return its number; it runs once the transaction is committed, at least once."""
    return await claims.add_job(work, kind, payload, options, to_micros(clock.now()))


async def start_execution(work: Work, clock: Clock, new: NewExecution) -> int:
    """Add an execution and return its number; enqueue its tasks with `execution_id` in the same transaction.

    It ends when the last of its tasks has ended.
    """
    return await executions.add_execution(work, new, to_micros(clock.now()))
