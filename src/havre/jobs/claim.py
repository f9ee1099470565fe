"""Claim: take due jobs for this process, as far as pauses and limits let it."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta

from havre.jobs import settle
from havre.jobs.kinds import Kind
from havre.jobs.model import Claim
from havre.jobs.store import claims
from havre.kernel.clock import Clock, to_micros
from havre.kernel.work import Database, Row, Work


class ClaimJobs:
    """Takes jobs of these kinds for the pool `pool_id`."""

    def __init__(
        self, database: Database, clock: Clock, kinds: Mapping[str, Kind], pool_id: str, lease_s: int
    ) -> None:
        self._database = database
        self._clock = clock
        self._kinds = kinds
        self._pool_id = pool_id
        self._lease = timedelta(seconds=lease_s)

    async def claim(self, free: int) -> Sequence[Claim]:
        """Take at most `free` jobs, the most urgent first. Looking is free, a write transaction is not."""
        now = self._clock.now()
        async with self._database.read() as reader:
            due = await claims.due_kinds(reader, sorted(self._kinds), to_micros(now))
        if not due:
            return []
        async with self._database.write() as work:
            found: list[Row] = []
            for kind in due:
                room = await self._room(work, kind, free, to_micros(now))
                if room > 0:
                    found += (await claims.candidates(work, kind, to_micros(now), room))[:room]
            found.sort(key=lambda row: (-row.priority, row.run_after, row.id))
            if not found:
                return []
            token, until = secrets.token_hex(8), to_micros(now + self._lease)
            return await claims.claim(work, found[:free], token, self._pool_id, to_micros(now), until)

    async def _room(self, work: Work, kind: str, free: int, now: int) -> int:
        at_most = self._kinds[kind].at_most
        if at_most is None:
            return free
        if not await claims.lock_queue(work, kind):
            return 0
        return min(free, at_most - await claims.count_running(work, kind, now))

    async def give_up(self) -> None:
        """End jobs whose holder died and that nobody shall take again."""
        now = to_micros(self._clock.now())
        async with self._database.read() as reader:
            lapsed = await claims.lapsed_for_good(reader, now)
        for fence in lapsed:
            async with self._database.write() as work:
                await settle.give_up(work, fence, now)
