"""Run: look for due jobs and schedules, run them, settle how they ended.

A job runs at least once: a process that dies lets its lease run out, and another takes the job over.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from havre.jobs import settle
from havre.jobs.claim import ClaimJobs
from havre.jobs.context import JobContext
from havre.jobs.errors import JobStopped, LeaseLost, WillNotSucceed
from havre.jobs.fire import fire_due
from havre.jobs.forget import forget
from havre.jobs.keep import Keeper
from havre.jobs.kinds import Kind, with_limits
from havre.jobs.model import SCHEDULER_QUEUE, Claim, Schedule, State
from havre.jobs.settings import JobsSettings
from havre.jobs.store import queues, schedules
from havre.kernel.clock import Clock, to_micros
from havre.kernel.errors import Unavailable
from havre.kernel.work import Database, Work

_log: Final = logging.getLogger("havre.jobs")
_LONGEST_WAIT: Final = timedelta(hours=1)
_PATIENCE: Final = timedelta(days=1)  # so long a machine that cannot is no failure of the job
_ERROR_LENGTH: Final = 2000  # characters kept of what a job failed with
_FORGET_EVERY_S: Final = 3600
_SETTLE_AGAIN_S: Final = 1.0


class Runner:
    """Runs the jobs of this process's kinds and its share of the schedules."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: JobsSettings,
        kinds: Sequence[Kind],
        every: Sequence[Schedule],
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._kinds = {kind.name: kind for kind in with_limits(kinds, settings.limits)}
        self._every = [*every, Schedule("jobs.forget", _FORGET_EVERY_S, self._forget)]
        self._next = {schedule.kind: 0 for schedule in self._every}
        self._keeper = Keeper(database, clock, settings)
        self._claims = ClaimJobs(database, clock, self._kinds, self._keeper.pool.id, settings.lease_s)
        self._looking: asyncio.Task[None] | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._awake = asyncio.Event()
        self._is_known = False
        self._is_stopping = False

    async def start(self) -> None:
        """Begin to run jobs."""
        self._is_stopping = False
        self._keeper.start()
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
        await self._keeper.stop()

    def wake(self) -> None:
        """Look for due jobs now, not at the next poll."""
        self._awake.set()

    async def _look_for_ever(self) -> None:
        steps: tuple[Callable[[], Awaitable[None]], ...] = (
            self._make_known,
            self._start_schedules,
            lambda: fire_due(self._database, self._clock),
            self._claims.give_up,
            self._start_jobs,
        )
        while not self._is_stopping:
            self._awake.clear()
            for step in steps:
                await self._take(step)
            if self._is_stopping:  # it came while we looked, and clear() may have eaten the call
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), self._settings.poll_s)

    async def _take(self, step: Callable[[], Awaitable[None]]) -> None:
        try:
            await step()
        except Unavailable as error:
            _log.warning("jobs postponed error=%s", error)
        except Exception:  # noqa: BLE001 - the border: a mistake must not stop all jobs for good
            _log.exception("jobs postponed")

    async def _make_known(self) -> None:
        if self._is_known:
            return
        async with self._database.write() as work:
            await queues.add_queues(work, sorted([*self._kinds, SCHEDULER_QUEUE]))
        self._is_known = True

    async def _start_schedules(self) -> None:
        for schedule in self._every:
            now = to_micros(self._clock.now())
            name = f"schedule {schedule.kind}"
            if now < self._next[schedule.kind] or name in self._running:
                continue
            async with self._database.write() as work:
                is_ours = await schedules.take_turn(work, schedule.kind, schedule.every_s, now)
            self._next[schedule.kind] = now + schedule.every_s * 1_000_000
            if is_ours:
                self._spawn(name, self._run_schedule(schedule))

    async def _start_jobs(self) -> None:
        free = self._settings.workers - sum(1 for name in self._running if name.startswith("job "))
        if free <= 0 or not self._kinds:
            return
        for claim in await self._claims.claim(free):
            self._spawn(f"job {claim.fence.job_id} {claim.fence.token}", self._run_job(claim))

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

    async def _run_job(self, claim: Claim) -> None:
        job = JobContext(self._database, self._clock, claim)
        working = asyncio.ensure_future(self._kinds[claim.kind].handler(job))
        self._keeper.add(job, working)
        try:
            await self._attend(job, working)
        finally:
            self._keeper.drop(job)

    async def _attend(self, job: JobContext, working: asyncio.Future[None]) -> None:
        try:
            await working
        except (asyncio.CancelledError, JobStopped):
            if job.is_stopped:
                await self._end(job, State.STOPPED)
            elif self._is_stopping:
                await self._settle(job, lambda work: self._give_back(work, job))
        except LeaseLost as error:
            _log.warning("job lost kind=%s error=%s", job.kind, error)
        except WillNotSucceed as error:  # foreseen: its text says all
            _log.warning("job failed id=%d kind=%s why=%s", job.id, job.kind, error)
            await self._end_badly(job, error)
        except Exception as error:  # noqa: BLE001 - the border: a job's failure is a state, not a crash
            _log.exception("job failed id=%d kind=%s attempt=%d", job.id, job.kind, job.attempt)
            await self._end_badly(job, error)
        else:
            await self._end(job, State.STOPPED if job.is_stopped else State.SUCCEEDED)

    async def _end_badly(self, job: JobContext, error: Exception) -> None:
        message = f"{type(error).__name__}: {error}".replace("\0", "")[:_ERROR_LENGTH]
        job.log(f"attempt {job.attempt} failed: {message}")
        if job.is_stopped:
            await self._end(job, State.STOPPED, message)
        elif isinstance(error, WillNotSucceed) or self._is_worn_out(job, error):
            await self._end(job, State.FAILED, message)
        else:
            wait = min(timedelta(seconds=2 ** min(job.attempt, 12)), _LONGEST_WAIT)
            await self._settle(job, lambda work: self._put_back(work, job, message, wait))

    def _is_worn_out(self, job: JobContext, error: Exception) -> bool:
        if isinstance(error, Unavailable) and self._clock.now() < job.claim.created_at + _PATIENCE:
            return False
        return job.attempt >= job.claim.max_attempts

    async def _end(self, job: JobContext, state: State, message: str = "") -> None:
        if not job.is_settled:
            await self._settle(job, lambda work: self._write_end(work, job, state, message))

    async def _write_end(self, work: Work, job: JobContext, state: State, message: str) -> None:
        await job.save(work)
        await settle.end(work, job.claim.fence, state, message, to_micros(self._clock.now()))

    async def _put_back(self, work: Work, job: JobContext, message: str, wait: timedelta) -> None:
        await job.save(work)
        now = self._clock.now()
        await settle.put_back(work, job.claim.fence, message, to_micros(now + wait), to_micros(now))

    async def _give_back(self, work: Work, job: JobContext) -> None:
        await job.save(work)
        now = to_micros(self._clock.now())
        await settle.put_back(work, job.claim.fence, None, now, now)

    async def _settle(self, job: JobContext, write: Callable[[Work], Awaitable[None]]) -> None:
        """Write how a job ended; while the database is away, again and again: the lease is kept meanwhile."""
        while True:
            try:
                with job.settling():
                    async with self._database.write() as work:
                        await write(work)
                    self._keeper.drop(job)
            except Unavailable as error:
                _log.warning("job not settled id=%d kind=%s error=%s", job.id, job.kind, error)
            else:
                return
            if self._is_stopping:  # its lease runs out, and it runs once more
                return
            await asyncio.sleep(_SETTLE_AGAIN_S)

    async def _forget(self) -> None:
        await forget(self._database, self._clock, self._settings)
