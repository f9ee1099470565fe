"""Run: claim jobs and schedules, keep their leases, retry what fails.

A job runs at least once: a process that dies lets its lease run out, and another takes the job over.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from havre.jobs import store
from havre.jobs.model import Handler, Job, Schedule
from havre.jobs.settings import JobsSettings
from havre.kernel.clock import Clock, to_micros
from havre.kernel.errors import Unavailable
from havre.kernel.work import Database, Work

_log: Final = logging.getLogger("havre.jobs")
_AT_ONCE: Final = 4  # jobs of one process at a time
_LONGEST_WAIT: Final = timedelta(hours=1)
_ERROR_LENGTH: Final = 2000  # characters kept of what a job failed with
_FORGET_EVERY_S: Final = 3600


class Runner:
    """Runs the jobs of this process's handlers and its share of the schedules."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: JobsSettings,
        handlers: Mapping[str, Handler],
        schedules: Sequence[Schedule],
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._handlers = handlers
        self._schedules = [*schedules, Schedule("jobs.forget", _FORGET_EVERY_S, self._forget)]
        self._next = {schedule.kind: 0 for schedule in self._schedules}
        self._owner = secrets.token_hex(8)
        self._looking: asyncio.Task[None] | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._awake = asyncio.Event()
        self._is_stopping = False

    async def start(self) -> None:
        """Begin to run jobs."""
        self._is_stopping = False
        self._looking = asyncio.create_task(self._look_for_ever())

    async def stop(self) -> None:
        """Cancel what runs; its jobs are given back, so that another process or the next start goes on."""
        self._is_stopping = True
        self._awake.set()
        if self._looking is not None:
            await self._looking
        running = list(self._running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def wake(self) -> None:
        """Look for due jobs now, not at the next poll."""
        self._awake.set()

    async def _look_for_ever(self) -> None:
        while not self._is_stopping:
            self._awake.clear()
            try:
                await self._start_schedules()
                await self._start_jobs()
            except Unavailable as error:
                _log.warning("jobs postponed error=%s", error)
            except Exception:  # noqa: BLE001 - the border: a mistake must not stop all jobs for good
                _log.exception("jobs postponed")
            if self._is_stopping:  # it came while we looked, and clear() may have eaten the call
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), self._settings.poll_s)

    async def _start_schedules(self) -> None:
        for schedule in self._schedules:
            now = to_micros(self._clock.now())
            name = f"schedule {schedule.kind}"
            if now < self._next[schedule.kind] or name in self._running:
                continue
            async with self._database.write() as work:
                is_ours = await store.take_turn(work, schedule.kind, schedule.every_s, now)
            self._next[schedule.kind] = now + schedule.every_s * 1_000_000
            if is_ours:
                self._spawn(name, self._run_schedule(schedule))

    async def _start_jobs(self) -> None:
        free = _AT_ONCE - sum(1 for name in self._running if name.startswith("job "))
        now = self._clock.now()
        kinds = sorted(self._handlers)
        if free <= 0 or not kinds:
            return
        async with self._database.read() as reader:  # looking is free, a write transaction is not
            if not await store.is_any_due(reader, kinds, to_micros(now)):
                return
        lease = to_micros(now + timedelta(seconds=self._settings.lease_s))
        async with self._database.write() as work:
            await store.give_up_orphans(work, to_micros(now))
            jobs = await store.claim_jobs(work, kinds, self._owner, to_micros(now), lease, free)
        for job in jobs:
            self._spawn(f"job {job.job_id}", self._run_job(job))

    def _spawn(self, name: str, call: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(call)
        self._running[name] = task
        task.add_done_callback(lambda _: self._ended(name))

    def _ended(self, name: str) -> None:
        del self._running[name]
        self._awake.set()

    async def _run_schedule(self, schedule: Schedule) -> None:
        try:
            await schedule.run()
        except Exception:  # noqa: BLE001 - the border: it runs again at its next time
            _log.exception("schedule failed kind=%s", schedule.kind)

    async def _run_job(self, job: Job) -> None:
        working = asyncio.ensure_future(self._handlers[job.kind](job.payload))
        beating = asyncio.create_task(self._keep_lease(job, working.cancel))
        try:
            await working
        except asyncio.CancelledError:
            if self._is_stopping:
                await self._settle(job, lambda work: store.release_job(work, job.job_id, self._owner))
        except Exception as error:  # noqa: BLE001 - the border: a job's failure is a state, not a crash
            _log.exception("job failed id=%d kind=%s attempt=%d", job.job_id, job.kind, job.attempts)
            await self._end_badly(job, f"{type(error).__name__}: {error}"[:_ERROR_LENGTH])
        else:
            now = to_micros(self._clock.now())
            await self._settle(job, lambda work: store.finish_job(work, job.job_id, self._owner, now))
        finally:
            beating.cancel()

    async def _keep_lease(self, job: Job, lose: Callable[[], object]) -> None:
        while True:
            await asyncio.sleep(self._settings.lease_s / 3)  # two beats may fail before the lease ends
            lease = to_micros(self._clock.now() + timedelta(seconds=self._settings.lease_s))
            try:
                async with self._database.write() as work:
                    is_kept = await store.extend_lease(work, job.job_id, self._owner, lease)
            except Unavailable as error:
                _log.warning("lease not extended id=%d kind=%s error=%s", job.job_id, job.kind, error)
                continue
            if not is_kept:
                _log.warning("job taken over by another process id=%d kind=%s", job.job_id, job.kind)
                lose()
                return

    async def _end_badly(self, job: Job, error: str) -> None:
        now = self._clock.now()
        if job.attempts >= job.max_attempts:
            await self._settle(
                job, lambda work: store.fail_job(work, job.job_id, self._owner, error, to_micros(now))
            )
        else:
            again = to_micros(now + min(timedelta(seconds=2**job.attempts), _LONGEST_WAIT))
            await self._settle(job, lambda work: store.retry_job(work, job.job_id, self._owner, error, again))

    async def _settle(self, job: Job, write: Callable[[Work], Coroutine[object, object, None]]) -> None:
        try:
            async with self._database.write() as work:
                await write(work)
        except Unavailable as error:  # its lease runs out, and it runs once more
            _log.warning("job not settled id=%d kind=%s error=%s", job.job_id, job.kind, error)

    async def _forget(self) -> None:
        before = to_micros(self._clock.now() - timedelta(days=self._settings.keep_days))
        async with self._database.write() as work:
            await store.delete_finished(work, before)
