"""Run a collection as a job: live figures, a log that names each thing, a stop between two batches.

A run that takes over after a crash counts on from the figures that were shown last; where it goes on, the
queue itself knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from havre.jobs import JobContext, amend_execution, find_execution
from havre.jobs.errors import WillNotSucceed
from havre.kernel.actor import system
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database, Work
from havre.registry.collect import Collect
from havre.registry.collected import Collected, CollectOptions, CollectReport
from havre.registry.collections import COLLECTION_KIND, MOST_WORKERS
from havre.registry.events import CollectionFinished, CollectionStarted
from havre.registry.sweep import Sweep

_SHOW_EVERY_MICROS: Final = 1_000_000
_LINES: Final = 5000  # of about 150 bytes: the log of a job holds 1 MiB, and its end must fit too
_FIGURES: Final = ("purged_blobs", "purged_manifests", "freed_space")  # Harbor's names
_ACTOR: Final = system("collection")


@dataclass(slots=True)
class _Run:
    """One attempt at a collection: its job, its execution, and what was told so far."""

    job: JobContext
    number: int
    options: CollectOptions
    before: tuple[int, int, int] = (0, 0, 0)
    report: CollectReport = field(default_factory=CollectReport)
    lines: int = 0
    shown_at: int = 0

    @property
    def figures(self) -> tuple[int, int, int]:
        """Blobs, manifests and bytes, with those of the attempts before."""
        blobs, manifests, freed = self.before
        report = self.report
        return blobs + report.blobs, manifests + report.manifests, freed + report.freed_bytes

    def note(self, item: Collected) -> None:
        """Name one thing in the log, as long as there is room."""
        self.lines += 1
        if self.lines > _LINES:
            return
        verb = "would delete" if self.options.is_dry else "deleted"
        place = f"{item.repository}@{item.digest}" if item.repository else item.digest
        self.job.log(f"{verb} {item.kind} {place}, {item.size_bytes:,} bytes: {item.reason}")

    def told(self) -> str:
        """Say in one line what went."""
        blobs, manifests, freed = self.figures
        verb = "would be" if self.options.is_dry else "were"
        return f"{blobs:,} blobs and {manifests:,} manifests {verb} deleted, {freed:,} bytes"


class RunCollection:
    """The handler of the collection's jobs."""

    def __init__(self, database: Database, clock: Clock, collect: Collect, sweep: Sweep) -> None:
        self._database = database
        self._clock = clock
        self._collect = collect
        self._sweep = sweep

    async def run(self, job: JobContext) -> None:
        """Collect, and delete the bytes that are due.

        Raises: JobStopped, LeaseLost, WillNotSucceed, Unavailable.
        """
        run = await self._begin(job)

        async def between(report: CollectReport) -> None:
            run.report = report
            await self._show(run)

        run.report = await self._collect.run(run.options, run.note, lambda: job.is_stopped, between)
        if not run.options.is_dry:
            swept = await self._sweep.run(_workers(job), lambda: job.is_stopped)
            job.log(
                f"{swept:,} keys swept from the trash; the bytes of this run follow five minutes after it"
            )
        _conclude(run)
        if job.is_stopped:
            async with self._database.write() as work:
                await job.fence(work)
                await self._end(run, work, is_stopped=True)
            job.raise_if_stopped()
        async with job.finish() as work:
            await self._end(run, work, is_stopped=False)

    async def _begin(self, job: JobContext) -> _Run:
        if job.execution_id is None:
            raise WillNotSucceed(f"job {job.id} belongs to no execution")
        options = CollectOptions(untagged=job.flag("delete_untagged"), is_dry=job.flag("dry_run"))
        run = _Run(job, job.execution_id, options)
        async with self._database.write() as work:
            await job.fence(work)
            extra = (await find_execution(work, run.number, COLLECTION_KIND)).extra
            if _FIGURES[0] not in extra:
                await self._announce_start(run, work)
        if not options.is_dry:  # a dry run says everything once more
            run.before = _figures_of(extra)
        if any(run.before):
            job.log(f"going on after {run.told()}")
        return run

    async def _announce_start(self, run: _Run, work: Work) -> None:
        shown = {
            "delete_untagged": run.options.untagged,
            "dry_run": run.options.is_dry,
            "workers": _workers(run.job),
        }
        await amend_execution(work, self._clock, run.number, {**shown, **dict.fromkeys(_FIGURES, 0)})
        work.announce(
            CollectionStarted(
                actor=_ACTOR,
                resource=str(run.number),
                untagged=run.options.untagged,
                is_dry_run=run.options.is_dry,
            )
        )

    async def _show(self, run: _Run) -> None:
        """Let people see how far it is, once a second."""
        now = to_micros(self._clock.now())
        if now < run.shown_at + _SHOW_EVERY_MICROS:
            return
        run.shown_at = now
        run.job.progress(run.told())
        async with self._database.write() as work:
            await run.job.fence(work)
            await self._amend(run, work)

    async def _amend(self, run: _Run, work: Work, message: str | None = None) -> None:
        extra = dict(zip(_FIGURES, run.figures, strict=True))
        await amend_execution(work, self._clock, run.number, extra, message)

    async def _end(self, run: _Run, work: Work, *, is_stopped: bool) -> None:
        blobs, manifests, freed = run.figures
        await self._amend(run, work, run.told())
        work.announce(
            CollectionFinished(
                actor=_ACTOR,
                resource=str(run.number),
                blobs=blobs,
                manifests=manifests,
                freed_bytes=freed,
                is_dry_run=run.options.is_dry,
                is_stopped=is_stopped,
            )
        )


def _conclude(run: _Run) -> None:
    if run.lines > _LINES:
        run.job.log(f"{run.lines - _LINES:,} more things are counted, not named")
    for (kind, reason), share in sorted(run.report.causes.items()):
        run.job.log(f"{share.items:,} × {kind}, {share.size_bytes:,} bytes: {reason}")
    run.job.log(f"{run.report.kept:,} blobs were looked at and stay")
    run.job.log(run.told())


def _figures_of(extra: Mapping[str, object]) -> tuple[int, int, int]:
    blobs, manifests, freed = (extra.get(name) for name in _FIGURES)
    if isinstance(blobs, int) and isinstance(manifests, int) and isinstance(freed, int):
        return blobs, manifests, freed
    return 0, 0, 0


def _workers(job: JobContext) -> int:
    return max(1, min(MOST_WORKERS, job.number("workers")))
