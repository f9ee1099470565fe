"""Forget: delete jobs, executions and their logs by age, a few at a time, and pools that fell silent."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from havre.jobs.settings import JobsSettings
from havre.jobs.store import claims, executions, queues
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database, Work

_AT_ONCE: Final = 200  # rows of one transaction: nobody waits long for it
SILENT_LEASES: Final = 3  # a pool that missed so many leases is gone


async def forget(database: Database, clock: Clock, settings: JobsSettings) -> None:
    """Delete what ended `keep_days` ago."""
    now = clock.now()
    before = to_micros(now - timedelta(days=settings.keep_days))
    deletes: tuple[Callable[[Work, int, int], Awaitable[int]], ...] = (
        claims.delete_finished,
        executions.delete_finished,
    )
    for delete in deletes:
        deleted = _AT_ONCE
        while deleted == _AT_ONCE:
            async with database.write() as work:
                deleted = await delete(work, before, _AT_ONCE)
    async with database.write() as work:
        silent = now - timedelta(seconds=SILENT_LEASES * settings.lease_s)
        await queues.delete_silent_pools(work, to_micros(silent))
