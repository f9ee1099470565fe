"""How large an upload may grow in a project with a limit. Not for letting whole blobs in: that is quota.py.

While bytes come nobody knows whose digest they will have, and what the project holds already always fits. So
an upload may grow to what is free, or to the largest blob of the project: beyond it can be neither. Watching
costs a comparison for each piece of the body; rows are counted again only where one is passed.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from havre.registry.errors import QuotaExceeded
from havre.registry.model import LimitedProject


@dataclass(frozen=True, slots=True)
class Room:
    """What a project holds, and its largest blob."""

    used_bytes: int
    largest_bytes: int


class Allowance:
    """The limit of one request's body; `recount` reads the rows anew."""

    def __init__(
        self, project: LimitedProject, room: Room, recount: Callable[[LimitedProject], Awaitable[Room]]
    ) -> None:
        self._project = project
        self._recount = recount
        self._loop = asyncio.get_running_loop()
        self._bytes = _most(project, room)
        self._refusal: QuotaExceeded | None = None
        self._counting: asyncio.Task[None] | None = None
        self._is_asked = False

    def watch(self, offset: int) -> None:
        """See an upload grow, in the thread that writes; the bytes go on while rows are counted.

        Raises: QuotaExceeded.
        """
        if offset <= self._bytes:
            return
        if self._refusal is not None:
            raise self._refusal
        if not self._is_asked:
            self._is_asked = True
            self._loop.call_soon_threadsafe(self._ask, offset)

    async def settle(self, offset: int) -> None:
        """Let an upload stand at `offset`.

        Raises: QuotaExceeded, after a fresh count.
        """
        if offset <= self._bytes:
            return
        room = await self._recount(self._project)
        self._bytes = _most(self._project, room)
        if offset > self._bytes:
            self._refusal = QuotaExceeded(self._project, room.used_bytes, offset)
            raise self._refusal

    def _ask(self, offset: int) -> None:
        self._counting = self._loop.create_task(self._count(offset))

    async def _count(self, offset: int) -> None:
        try:
            await self.settle(offset)
        except QuotaExceeded:
            return  # the next piece raises it
        self._is_asked = False

    async def end(self) -> None:
        """Wait for a count that is under way."""
        if self._counting is not None:
            await asyncio.gather(self._counting, return_exceptions=True)


def _most(project: LimitedProject, room: Room) -> int:
    return max(project.limit_bytes - room.used_bytes, room.largest_bytes)
