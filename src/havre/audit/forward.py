"""Forward: send settled rows on, in order and at least once, without anybody waiting for the receiver.

Rows wait in the journal itself, so a receiver that is away costs no memory. One process forwards at a time.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from havre.audit.errors import ReceiverAway, ReceiverInvalid
from havre.audit.model import AuditRecord
from havre.audit.ports import Horizon, Receiver
from havre.audit.store import cursors
from havre.audit.store import events as store
from havre.kernel.clock import Clock, to_micros
from havre.kernel.errors import Unavailable
from havre.kernel.work import Database

_log: Final = logging.getLogger("havre.audit")
_BATCH: Final = 500
_EVERY_S: Final = 1.0
_LONGEST_WAIT_S: Final = 60.0
_LEASE: Final = timedelta(seconds=60)  # longer than the longest send

Endpoint = Callable[[], Awaitable[str]]  # where to, as configured now; empty: nowhere
OpenReceiver = Callable[[str], Receiver]


@dataclass(slots=True)
class _Line:
    """The connection to one place."""

    endpoint: str
    receiver: Receiver
    failures: int = 0
    before_last: int | None = None  # the cursor before the last batch, until the connection proves well again
    again_from: int | None = None  # after a broken connection: the batch that may not have arrived


class Forwarder:
    """Runs beside the doors of every process."""

    def __init__(
        self,
        database: Database,
        horizon: Horizon,
        clock: Clock,
        endpoint: Endpoint,
        open_receiver: OpenReceiver,
    ) -> None:
        self._database = database
        self._horizon = horizon
        self._clock = clock
        self._endpoint = endpoint
        self._open_receiver = open_receiver
        self._owner = secrets.token_hex(8)
        self._line: _Line | None = None
        self._refused = ""
        self._running: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to forward."""
        self._running = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Stop between two steps; what was not acknowledged is sent again by whoever goes on."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)
        if self._line is not None:
            with suppress(Unavailable):
                async with self._database.write() as work:
                    await cursors.release(work, self._line.receiver.target, self._owner)
        await self._hang_up()

    async def _run(self) -> None:
        while True:
            wait_s = _EVERY_S
            try:
                if await self.step():
                    wait_s = 0.0
            except ReceiverAway as error:
                wait_s = self._failed(error)
            except Unavailable as error:
                _log.warning("forwarding postponed error=%s", error)
            except Exception:  # noqa: BLE001 - the border of the task: it must outlive a mistake
                _log.exception("forwarding failed")
            await asyncio.sleep(wait_s)

    async def reached(self) -> int:
        """Tell the last id that the receiver has which is configured now; 0 without one."""
        line = await self._line_to(await self._endpoint())
        if line is None:
            return 0
        async with self._database.read() as reader:
            return await cursors.position(reader, line.receiver.target) or 0

    async def released(self) -> int | None:
        """Tell the last id that may go because the receiver has it; None where nothing is forwarded."""
        return await self.reached() if await self._endpoint() else None

    async def step(self) -> bool:
        """Send one batch; tells whether more may wait.

        Raises: ReceiverAway, Unavailable.
        """
        line = await self._line_to(await self._endpoint())
        if line is None:
            return False
        target = line.receiver.target
        after = await self._waiting_after(target)
        if after is None:
            return False
        settled = await self._horizon.settled_id()
        now = self._clock.now()
        async with self._database.write() as work:
            last = await cursors.claim(work, target, self._owner, to_micros(now), to_micros(now + _LEASE))
        if last is None:
            return False
        start = last if line.again_from is None else min(last, line.again_from)
        async with self._database.read() as reader:
            records = await store.events_after(reader, start, settled, _BATCH)
        if not records:
            return False
        await line.receiver.send(records)
        return await self._arrived(line, records, start, last)

    async def _arrived(self, line: _Line, records: Sequence[AuditRecord], start: int, last: int) -> bool:
        if line.failures:
            _log.info("forwarding goes on target=%s", line.receiver.target)
        line.failures, line.before_last, line.again_from = 0, start, None
        reached, now = max(last, records[-1].record_id), self._clock.now()
        async with self._database.write() as work:
            is_ours = await cursors.advance(
                work, line.receiver.target, self._owner, reached, to_micros(now + _LEASE), to_micros(now)
            )
        if reached > records[-1].record_id:  # what was sent again ends before the cursor: go on there
            line.again_from = records[-1].record_id
        return is_ours

    async def _waiting_after(self, target: str) -> int | None:
        """Find the cursor where rows wait behind it; a new place begins with what comes from now on."""
        async with self._database.read() as reader:
            position = await cursors.position(reader, target)
            newest, _ = await store.newest(reader)
        if position is None:
            async with self._database.write() as work:
                await cursors.begin(work, target, newest, to_micros(self._clock.now()))
            return None
        return position if newest > position else None

    async def _line_to(self, endpoint: str) -> _Line | None:
        if self._line is not None and self._line.endpoint == endpoint:
            return self._line
        await self._hang_up()
        if not endpoint:
            return None
        try:
            self._line = _Line(endpoint, self._open_receiver(endpoint))
        except ReceiverInvalid as error:
            if self._refused != endpoint:
                self._refused = endpoint
                _log.error("nothing is forwarded error=%s", error)
        return self._line

    def _failed(self, error: ReceiverAway) -> float:
        line = self._line
        if line is None:
            return _EVERY_S
        if not line.failures:
            _log.warning("receiver away, rows wait target=%s error=%s", line.receiver.target, error)
        line.failures += 1
        line.again_from = line.before_last if line.again_from is None else line.again_from
        return min(2.0**line.failures / 2, _LONGEST_WAIT_S)

    async def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.receiver.close()
