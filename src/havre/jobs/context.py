"""What a handler is given: the job, a log, progress, whether to stop, and the transaction that ends it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final

from havre.jobs import settle
from havre.jobs.errors import JobStopped, LeaseLost, WillNotSucceed
from havre.jobs.model import Claim, Extra, Payload, State
from havre.jobs.store import claims, logs
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database, Work

LOG_LIMIT: Final = 1 << 20  # bytes of a job's log in all its attempts; an API answer holds it whole
_LINE_LIMIT: Final = 4096  # characters
_PROGRESS_LIMIT: Final = 1000  # characters
_CUT: Final = "the log ends here: it is at its limit\n"


class JobContext:
    """One attempt at a job, as its handler sees it."""

    def __init__(self, database: Database, clock: Clock, job: Claim) -> None:
        self._database = database
        self._clock = clock
        self._job = job
        self._stop = asyncio.Event()
        self._lines: list[str] = []
        self._progress: str | None = None
        self._log_bytes = job.log_bytes
        self._is_settled = False
        self._is_settling = False

    @property
    def id(self) -> int:
        """The job's number."""
        return self._job.fence.job_id

    @property
    def kind(self) -> str:
        """The job's kind."""
        return self._job.kind

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""
        return self._job.attempts

    @property
    def execution_id(self) -> int | None:
        """The execution of which this is a task."""
        return self._job.fence.execution_id

    @property
    def payload(self) -> Payload:
        """What was enqueued."""
        return self._job.payload

    def text(self, name: str) -> str:
        """Read a text of the payload. Raises: WillNotSucceed."""
        value = self.payload.get(name)
        if not isinstance(value, str):
            raise WillNotSucceed(f"the payload of job {self.id} has no text {name!r}")
        return value

    def number(self, name: str) -> int:
        """Read a number of the payload. Raises: WillNotSucceed."""
        value = self.payload.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise WillNotSucceed(f"the payload of job {self.id} has no number {name!r}")
        return value

    def flag(self, name: str) -> bool:
        """Read a boolean of the payload, false when absent."""
        return self.payload.get(name) is True

    def log(self, line: str) -> None:
        """Say something for the people who read the job's log; they see it within about a second."""
        if self._log_bytes >= LOG_LIMIT:
            return
        stamp = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        raw = f"{stamp} {line[:_LINE_LIMIT]}\n".encode(errors="replace").replace(b"\0", b"")
        text = raw.decode()  # without what no column keeps on PostgreSQL: NUL and half characters
        self._log_bytes += len(raw)
        self._lines.append(text if self._log_bytes < LOG_LIMIT else _CUT)

    def progress(self, text: str) -> None:
        """Say how far the job is, in one line; the last one counts."""
        self._progress = text[:_PROGRESS_LIMIT].replace("\0", "")

    @property
    def is_stopped(self) -> bool:
        """Whether somebody asked the job to stop."""
        return self._stop.is_set()

    def raise_if_stopped(self) -> None:
        """End the job here when somebody asked it to stop. Raises: JobStopped."""
        if self.is_stopped:
            raise JobStopped(self.id)

    async def stopped(self) -> None:
        """Wait until somebody asks the job to stop."""
        await self._stop.wait()

    async def fence(self, work: Work) -> None:
        """Let a transaction in the middle of the job count only while the job is this process's.

        Raises: LeaseLost, which undoes the transaction.
        """
        if not await claims.is_held(work, self._job.fence):
            raise LeaseLost(self.id)

    async def describe(self, work: Work, extra: Extra) -> None:
        """Replace what is shown of the job beside its state, behind `fence` or inside `finish`."""
        await claims.set_extra(work, self.id, extra, to_micros(self._clock.now()))

    @asynccontextmanager
    async def finish(self) -> AsyncIterator[Work]:
        """Open the job's last transaction: what is written there and the job's success commit together.

        At most one attempt of a job ever gets through here. Tasks that are enqueued there keep the execution
        running. Raises: LeaseLost.
        """
        with self.settling():
            async with self._database.write() as work:
                kept = await self.save(work)
                now = to_micros(self._clock.now())
                if not await settle.begin_end(work, self._job.fence, State.SUCCEEDED, "", now):
                    raise LeaseLost(self.id)
                yield work
                await settle.end_execution(work, self._job.fence, now)
            self._is_settled = True
        self.saved(kept)

    @property
    def is_settled(self) -> bool:
        """Whether finish() has committed."""
        return self._is_settled

    # The rest is the runner's.

    @property
    def claim(self) -> Claim:
        """The claim behind it."""
        return self._job

    @property
    def is_settling(self) -> bool:
        """Whether the job's end is being written: what the row says meanwhile is nobody else's doing."""
        return self._is_settling

    @contextmanager
    def settling(self) -> Iterator[None]:
        """Write the job's end inside."""
        self._is_settling = True
        try:
            yield
        finally:
            self._is_settling = False

    @property
    def has_news(self) -> bool:
        """Whether there is something to save."""
        return bool(self._lines) or self._progress is not None

    def ask_to_stop(self) -> None:
        """Tell the handler that somebody asked the job to stop."""
        self._stop.set()

    async def save(self, work: Work) -> tuple[int, str | None]:
        """Write what was said; hand what it returns to `saved` once the transaction is committed."""
        kept = (len(self._lines), self._progress)
        if self.has_news:
            now = to_micros(self._clock.now())
            await logs.append(work, self._job.fence, "".join(self._lines), self._progress, now)
        return kept

    def saved(self, kept: tuple[int, str | None]) -> None:
        """Drop from memory what is committed."""
        lines, progress = kept
        del self._lines[:lines]
        if self._progress == progress:
            self._progress = None
