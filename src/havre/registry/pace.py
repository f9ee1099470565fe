"""How much of a machine the collector takes: little while others are served, more when nobody is.

A batch costs others in two ways: its statements hold the event loop (on SQLite), and its COMMIT or its
deletions keep the disk busy. So it rests a multiple of both; measured in docs/measurements/collection.md.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from havre.kernel.traffic import Traffic
from havre.kernel.work import Database, Work

_OF_HOLDING: Final = 25.0  # a twenty-fifth of the event loop
_OF_WORKING: Final = 4.0
_ALONE: Final = 1.0  # another process may serve
_LONGEST_S: Final = 1.0


class Pace:
    """Measures one run's batches and rests between them."""

    def __init__(self, traffic: Traffic) -> None:
        self._traffic = traffic
        self._started = time.monotonic()
        self._held_s = 0.0

    def begin(self) -> None:
        """Begin a batch."""
        self._started = time.monotonic()
        self._held_s = 0.0

    @asynccontextmanager
    async def write(self, database: Database) -> AsyncIterator[Work]:
        """Open a transaction and measure how long its statements take."""
        async with database.write() as work:
            began = time.monotonic()
            yield work
            self._held_s += time.monotonic() - began

    async def rest(self) -> None:
        """Leave the machine to others for a while."""
        worked_s = time.monotonic() - self._started
        if self._traffic.is_busy():
            rest_s = max(worked_s * _OF_WORKING, self._held_s * _OF_HOLDING)
        else:
            rest_s = worked_s * _ALONE
        await asyncio.sleep(min(rest_s, _LONGEST_S))
