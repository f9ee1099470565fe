"""Deadlines for all connections by one timer; one for each request would cost a microsecond each."""

import asyncio
from collections.abc import Iterable
from typing import Protocol
from weakref import WeakKeyDictionary

_TICK_S = 0.5  # deadlines are seconds to a minute long; half a second late is on time


class Mortal(Protocol):
    """A connection with a deadline in loop time, or None."""

    deadline: float | None

    def expire(self) -> None:
        """The deadline has passed."""


class Reaper:
    """Calls `expire` on every connection whose deadline has passed; sleeps while there is none."""

    def __init__(self, loop: asyncio.AbstractEventLoop, connections: Iterable[object]) -> None:
        self._loop = loop
        self._connections = connections
        self._timer: asyncio.TimerHandle | None = None

    def wake(self) -> None:
        """A connection has come."""
        if self._timer is None:
            self._timer = self._loop.call_later(_TICK_S, self._tick)

    def _tick(self) -> None:
        self._timer = None
        now = self._loop.time()
        mortals: list[Mortal] = list(self._connections)  # type: ignore[arg-type]  # uvicorn's set of protocols
        for connection in mortals:
            if connection.deadline is not None and connection.deadline <= now:
                connection.expire()
        if mortals:
            self.wake()


_reapers: WeakKeyDictionary[object, Reaper] = WeakKeyDictionary()


def reaper_of(server: object, loop: asyncio.AbstractEventLoop, connections: Iterable[object]) -> Reaper:
    """Return the one reaper of `server` (uvicorn's ServerState)."""
    reaper = _reapers.get(server)
    if reaper is None:
        reaper = _reapers[server] = Reaper(loop, connections)
    return reaper
