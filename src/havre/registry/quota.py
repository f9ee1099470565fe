"""Hold pushes to the limit of their project. Not for showing or changing limits (quotas.py).

    hold(bytes to come) -> push -> released: the bytes are rows now, or never came

What a project holds is counted from its rows, and remembered for a few seconds together with what this
process let in since. No row is written for it, so pushes to one project never wait for each other. A push
is refused only after a fresh count. Reasons: docs/adr/0008-quotas.md.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.digest import Digest
from havre.kernel.work import Database, Work
from havre.registry.allowance import Allowance, Room
from havre.registry.errors import QuotaExceeded
from havre.registry.events import QuotaRefused, QuotaWarned
from havre.registry.model import LimitedProject
from havre.registry.store import quotas
from havre.system import Configuration

WARN_PERCENT: Final = 85  # Harbor's
_REMEMBERED: Final = timedelta(seconds=5)  # how late a count sees what other processes let in
_NEARLY_FULL, _REFUSED = 1, 2


@dataclass(slots=True)
class _Count:
    used_bytes: int
    counted_at: datetime
    largest_bytes: int = 0


class Quota:
    """Lets bytes into projects; share one between all that push in a process."""

    def __init__(self, database: Database, clock: Clock, configuration: Configuration) -> None:
        self._database = database
        self._clock = clock
        self._configuration = configuration
        self._counts: dict[int, _Count] = {}
        self._coming: defaultdict[int, int] = defaultdict(int)  # bytes let in that are no rows yet
        self._ended: defaultdict[int, int] = defaultdict(int)  # bytes let in whose push has ended, ever
        self._releases: dict[int, asyncio.Event] = {}

    async def check(self, actor: Actor, project: str) -> None:
        """Let an upload begin unless the project is over its limit already.

        Raises: QuotaExceeded.
        """
        limited = await self.limited(project)
        if limited is not None:
            await self._admit(actor, limited, 0)

    async def allowance(self, project: str) -> Allowance | None:
        """Tell how large an upload may grow; None where the project has no limit."""
        limited = await self.limited(project)
        if limited is None:
            return None
        count, now = self._counts.get(limited.id), self._clock.now()
        if count is None or now - count.counted_at > _REMEMBERED:
            count = await self._count(limited, now, 0)
        return Allowance(limited, Room(count.used_bytes, count.largest_bytes), self._room)

    async def _room(self, project: LimitedProject) -> Room:
        count = await self._count(project, self._clock.now(), 0)
        return Room(count.used_bytes, count.largest_bytes)

    @asynccontextmanager
    async def hold(self, actor: Actor, project: str, wanted: Mapping[Digest, int]) -> AsyncIterator[None]:
        """Keep room for content (digest -> bytes) while it is stored; what the project has costs nothing.

        Raises: QuotaExceeded.
        """
        limited = await self.limited(project)
        more = 0 if limited is None else await self._new_bytes(limited, wanted)
        if limited is None or more == 0:
            yield
            return
        used = await self._admit(actor, limited, more)
        try:
            yield
            count = self._counts.get(limited.id)
            if count is not None:
                count.used_bytes += more
        finally:
            self._release(limited.id, more)
        await self._tell_level(actor, limited, used + more)

    @asynccontextmanager
    async def within(self, work: Work, limited: LimitedProject | None) -> AsyncIterator[None]:
        """Count before and after what one transaction adds; for a copy, whose bytes nobody knows before.

        Raises: QuotaExceeded, so that the transaction is rolled back; the caller then calls `tell_refusal`.
        """
        if limited is None:
            yield
            return
        before = await quotas.used_bytes(work, limited.id)
        yield
        after = await quotas.used_bytes(work, limited.id)
        if after > max(before, limited.limit_bytes):
            raise QuotaExceeded(limited, before, after - before)
        self._counts.pop(limited.id, None)

    async def tell_refusal(self, actor: Actor, error: QuotaExceeded) -> None:
        """Announce a refusal, the first of a row of them only."""
        project = error.project
        if project.told == _REFUSED:
            return
        async with self._database.write() as work:
            if await quotas.set_told(work, project.id, project.told, _REFUSED):
                work.announce(
                    QuotaRefused(
                        actor=actor,
                        resource=project.name,
                        project_id=project.id,
                        used_bytes=error.used_bytes,
                        limit_bytes=project.limit_bytes,
                    )
                )

    async def limited(self, project: str) -> LimitedProject | None:
        """Find the project's limit; None when there is none to hold pushes to."""
        limited = await quotas.limited(self._database, project)
        if limited is None or not (await self._configuration.current()).quota_per_project_enable:
            return None
        return limited

    async def _new_bytes(self, project: LimitedProject, wanted: Mapping[Digest, int]) -> int:
        sizes = {str(digest): size for digest, size in wanted.items()}
        async with self._database.read() as reader:
            held = await quotas.held(reader, project.id, list(sizes))
        return sum(size for digest, size in sizes.items() if digest not in held)

    async def _admit(self, actor: Actor, project: LimitedProject, more: int) -> int:
        """Let bytes in and return what is used before them; with none, only look."""
        count = self._counts.get(project.id)
        now = self._clock.now()
        if count is None or now - count.counted_at > _REMEMBERED or self._is_over(project, count, more):
            count = await self._count(project, now, more)
        while count.used_bytes + more <= project.limit_bytes and self._is_over(project, count, more):
            await self._released(project.id)  # what is on its way decides; it may be among the rows already
            count = await self._count(project, now, more)
        if self._is_over(project, count, more):
            error = QuotaExceeded(project, count.used_bytes, more)
            await self.tell_refusal(actor, error)
            raise error
        used = count.used_bytes + self._coming.get(project.id, 0)
        if more:
            self._coming[project.id] += more
        return used

    def _is_over(self, project: LimitedProject, count: _Count, more: int) -> bool:
        return count.used_bytes + self._coming.get(project.id, 0) + more > project.limit_bytes

    async def _released(self, project_id: int) -> None:
        """Wait until a push to the project that was let in has ended: a commit, never a client."""
        await self._releases.setdefault(project_id, asyncio.Event()).wait()

    def _release(self, project_id: int, size_bytes: int) -> None:
        self._ended[project_id] += size_bytes
        self._coming[project_id] -= size_bytes
        if not self._coming[project_id]:
            del self._coming[project_id]
        waited = self._releases.pop(project_id, None)
        if waited is not None:
            waited.set()

    async def _count(self, project: LimitedProject, now: datetime, more: int) -> _Count:
        """Count the rows. A push that ends meanwhile may be among them or not: it is added, not missed, and
        the rows are read again where that alone would refuse.
        """
        while True:
            ended = self._ended[project.id]
            async with self._database.read() as reader:
                used = await quotas.used_bytes(reader, project.id)
                largest = await quotas.largest_blob(reader, project.id)
            meanwhile = self._ended[project.id] - ended
            count = self._counts[project.id] = _Count(used + meanwhile, now, largest)
            if not meanwhile or not self._is_over(project, count, more):
                return count

    async def _tell_level(self, actor: Actor, project: LimitedProject, used: int) -> None:
        """Note whether the project is nearly full; announce it once."""
        level = _NEARLY_FULL if used * 100 >= project.limit_bytes * WARN_PERCENT else 0
        if level == project.told:
            return
        async with self._database.write() as work:
            if await quotas.set_told(work, project.id, project.told, level) and level > project.told:
                work.announce(
                    QuotaWarned(
                        actor=actor,
                        resource=project.name,
                        project_id=project.id,
                        used_bytes=used,
                        limit_bytes=project.limit_bytes,
                    )
                )
