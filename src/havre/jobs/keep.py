"""Keeps what this process holds: leases, the row of its pool, logs on their way, and who asked jobs to stop.

each second        who holds my jobs, who must stop; save logs and progress
each third lease   extend every lease, say that the pool lives
"""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from havre.jobs.context import JobContext
from havre.jobs.model import WorkerPool
from havre.jobs.settings import JobsSettings
from havre.jobs.store import claims, queues
from havre.kernel.clock import Clock, to_micros
from havre.kernel.errors import Unavailable
from havre.kernel.work import Database

_log: Final = logging.getLogger("havre.jobs")


class Keeper:
    """Holds the jobs that run in this process."""

    def __init__(self, database: Database, clock: Clock, settings: JobsSettings) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        now = clock.now()
        self.pool = WorkerPool(
            secrets.token_hex(8), socket.gethostname(), os.getpid(), settings.workers, now, now
        )
        self._held: dict[int, tuple[JobContext, asyncio.Future[None]]] = {}
        self._keeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep."""
        self._keeping = asyncio.create_task(self._keep_for_ever())

    async def stop(self) -> None:
        """End; the jobs must have left before."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        with suppress(Unavailable):  # a silent pool is not shown, and is deleted in time
            async with self._database.write() as work:
                await queues.delete_pool(work, self.pool.id)

    def add(self, job: JobContext, working: asyncio.Future[None]) -> None:
        """Keep a job that was claimed."""
        self._held[job.id] = job, working

    def drop(self, job: JobContext) -> None:
        """Let a job go that is settled; not the next taking of the same job, which may be held already."""
        held = self._held.get(job.id)
        if held is not None and held[0] is job:
            del self._held[job.id]

    async def _keep_for_ever(self) -> None:
        beat_s = self._settings.lease_s / 3  # two beats may fail before a lease ends
        loop = asyncio.get_running_loop()
        next_beat = loop.time()
        while True:
            try:
                if loop.time() >= next_beat:
                    await self._beat()
                    next_beat = loop.time() + beat_s
                if self._held:
                    await self._look()
                    await self._save()
            except Unavailable as error:
                _log.warning("leases not kept error=%s", error)
            except Exception:  # noqa: BLE001 - the border: a mistake must not lose every lease for good
                _log.exception("leases not kept")
            await asyncio.sleep(min(self._settings.poll_s, beat_s))

    async def _beat(self) -> None:
        now = self._clock.now()
        lease = to_micros(now + timedelta(seconds=self._settings.lease_s))
        tokens = sorted({job.claim.fence.token for job, _ in self._held.values()})
        async with self._database.write() as work:
            await claims.extend_leases(work, tokens, lease)
            await queues.keep_pool(work, self.pool, to_micros(self.pool.started_at), to_micros(now))

    async def _look(self) -> None:
        held = dict(self._held)
        async with self._database.read() as reader:
            rows = {int(row.id): row for row in await claims.held(reader, sorted(held))}
        for job_id, (job, working) in held.items():
            row = rows.get(job_id)
            if row is None or row.lease_owner != job.claim.fence.token:
                is_ours = self._held.get(job_id) == (job, working)
                if is_ours and not (job.is_settling or job.is_settled):
                    self._lose(job, working)
            elif row.must_stop and not job.is_stopped:
                job.ask_to_stop()
                asyncio.get_running_loop().call_later(self._settings.stop_s, working.cancel)

    def _lose(self, job: JobContext, working: asyncio.Future[None]) -> None:
        _log.warning("job taken over by another process id=%d kind=%s", job.id, job.kind)
        self.drop(job)
        working.cancel()

    async def _save(self) -> None:
        talking: Sequence[JobContext] = [job for job, _ in self._held.values() if job.has_news]
        if not talking:
            return
        async with self._database.write() as work:
            kept = [(job, await job.save(work)) for job in talking]
        for job, news in kept:
            job.saved(news)
