"""Enqueue: add a job to the transaction that causes it."""

from havre.jobs import store
from havre.jobs.model import Payload
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Work


async def enqueue(work: Work, clock: Clock, kind: str, payload: Payload, max_attempts: int = 8) -> None:
    """Add a job; it runs once the transaction is committed, at least once."""
    await store.add_job(work, kind, payload, max_attempts, to_micros(clock.now()))
