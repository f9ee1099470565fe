"""Record: durable events in their own transaction, buffered ones each second or 500 at a time.

A crash may lose the buffered events (pulls) of the last second; docs/design/storage.md says so.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Final

from havre.audit.store import events as store
from havre.kernel.clock import Clock, to_micros
from havre.kernel.errors import Unavailable
from havre.kernel.events import Event
from havre.kernel.work import Database, Work

_log: Final = logging.getLogger("havre.audit")
_EVERY_S: Final = 1.0
_BATCH: Final = 500  # rows a transaction: other writers get their turn in between
_BUFFER_LIMIT: Final = 200_000  # some 100 MB while the database is away; what comes then is counted as lost

# What leaves others out is never left out itself.
ALWAYS_KEPT: Final = frozenset({"configuration.updated"})

OnEvent = Callable[[Work, Event], Awaitable[None]]
OnFlush = Callable[[Work, Sequence[Event]], Awaitable[None]]
LeftOut = Callable[[], Awaitable[frozenset[str]]]


async def nothing_left_out() -> frozenset[str]:
    """Keep every event."""
    return frozenset()


class AuditJournal:
    """The JournalWriter of the Database and the Journal of the pull path.

    `on_flush` is called with the buffered events in the transaction that writes them; `subscriptions` maps
    the name of an event to who hears of it in its transaction, and may add the jobs that it causes;
    `left_out` tells which events are only told to those and not written, by name or as `operation_resource`.
    It is asked each second.
    """

    def __init__(
        self,
        clock: Clock,
        on_flush: Sequence[OnFlush] = (),
        subscriptions: Mapping[str, Sequence[OnEvent]] | None = None,
        left_out: LeftOut = nothing_left_out,
    ) -> None:
        self._clock = clock
        self._on_flush = on_flush
        self._subscriptions = subscriptions or {}
        self._ask_left_out = left_out
        self._left_out = frozenset[str]()
        self._buffer: deque[tuple[datetime, Event]] = deque()
        self._lost = 0
        self._is_due = asyncio.Event()
        self._is_stopping = False
        self._flushing: asyncio.Task[None] | None = None

    async def record(self, work: Work, events: Sequence[Event]) -> None:
        """Insert announced events, and the jobs that listen to them, into their transaction."""
        now = self._clock.now()
        await store.add_events(work, [(to_micros(now), event) for event in events if self._is_kept(event)])
        for event in events:
            for hear in self._subscriptions.get(event.name, ()):
                await hear(work, event)

    def note(self, event: Event) -> None:
        """Keep a buffered event for the next flush."""
        buffer = self._buffer
        if len(buffer) >= _BUFFER_LIMIT:
            self._lost += 1
            return
        buffer.append((self._clock.now(), event))
        if len(buffer) == _BATCH:
            self._is_due.set()

    async def start(self, database: Database) -> None:
        """Begin to flush."""
        self._is_stopping = False
        self._flushing = asyncio.create_task(self._flush_for_ever(database))

    async def stop(self) -> None:
        """Flush what is left, once."""
        self._is_stopping = True
        self._is_due.set()
        if self._flushing is not None:
            await self._flushing
        if self._buffer:
            _log.error("journal stopped with events not written lost=%d", len(self._buffer))

    async def _flush_for_ever(self, database: Database) -> None:
        is_last = False
        while not is_last:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_due.wait(), _EVERY_S)
            is_last = self._is_stopping
            self._is_due.clear()
            await self._flush(database)

    async def _flush(self, database: Database) -> None:
        """Write the buffer in batches; a batch leaves it once it is durable."""
        try:
            self._left_out = await self._ask_left_out()
            while self._buffer:
                batch = list(islice(self._buffer, _BATCH))
                await self._write(database, batch)
                for _ in batch:
                    self._buffer.popleft()
        except Unavailable as error:
            _log.warning("journal flush postponed waiting=%d error=%s", len(self._buffer), error)
        except Exception:  # noqa: BLE001 - the border of the task: it must outlive whatever a batch does
            _log.exception("journal flush failed waiting=%d", len(self._buffer))
        if self._lost:
            _log.error("journal buffer was full lost=%d", self._lost)
            self._lost = 0

    def _is_kept(self, event: Event) -> bool:
        words = {event.name, f"{event.operation}_{event.resource_type}"}
        return event.name in ALWAYS_KEPT or not words & self._left_out

    async def _write(self, database: Database, batch: Sequence[tuple[datetime, Event]]) -> None:
        try:
            await self._write_with(database, batch, self._on_flush)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - the border: a listener's mistake must cost no events
            _log.exception("journal listener failed events=%d", len(batch))
            await self._write_with(database, batch, ())

    async def _write_with(
        self, database: Database, batch: Sequence[tuple[datetime, Event]], listeners: Sequence[OnFlush]
    ) -> None:
        written = [(to_micros(moment), event) for moment, event in batch if self._is_kept(event)]
        async with database.write() as work:
            await store.add_events(work, written)
            for listener in listeners:
                await listener(work, [event for _, event in batch])
