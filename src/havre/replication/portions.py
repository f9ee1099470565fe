"""One read of a blob, taken in portions: so that what came is put down now and then while one answer goes on.

pool thread   reads, writes into the open portion, waits where it is full or none is open
the loop      opens a portion, waits until it is full or the read has ended, puts it down, opens the next
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from havre.replication.errors import RemoteUnreachable

_END_S: Final = 1.0
Write = Callable[[memoryview], None]
Read = Callable[[Write], Awaitable[None]]


class Portions:
    """Begins to read with the first portion; end it with `close`, however it went."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._loop = asyncio.get_running_loop()
        self._reader: asyncio.Task[None] | None = None
        self._changed = threading.Condition()
        self._write: Write | None = None
        self._left = 0
        self._is_closed = False
        self._full = asyncio.Event()

    async def take(self, write: Write, count: int) -> int:
        """Have `count` bytes written in a pool thread, fewer at the end; tell how many were.

        Raises: what reading and writing raise; what was written before counts.
        """
        self._full.clear()
        with self._changed:
            self._write, self._left = write, count
            self._changed.notify()
        if self._reader is None:
            self._reader = asyncio.ensure_future(self._run())
        filled = asyncio.ensure_future(self._full.wait())
        try:
            await asyncio.wait({self._reader, filled}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            await self.close()  # nobody may write any more when the caller puts down what came
            raise
        finally:
            filled.cancel()
        if self._reader.done():
            self._reader.result()
        return count - self._left

    async def finish(self) -> None:
        """Let the read come to its end when all was taken, so that its connection can serve another."""
        with self._changed:
            self._is_closed = True  # what is more than was wanted ends it
            self._changed.notify()
        if self._reader is not None:
            await asyncio.wait({self._reader}, timeout=_END_S)

    async def close(self) -> None:
        """Break the read off, if it still goes on, and wait until its thread writes no more."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
        if self._reader is not None and not self._reader.done():
            self._reader.cancel()
            await asyncio.wait({self._reader})
        if self._reader is not None and not self._reader.cancelled():
            with suppress(Exception):
                self._reader.result()  # it was told already

    async def _run(self) -> None:
        await self._read(self._sink)

    def _sink(self, piece: memoryview) -> None:
        while piece:
            with self._changed:
                while self._write is None and not self._is_closed:
                    self._changed.wait()
                if self._is_closed or self._write is None:
                    raise RemoteUnreachable("the read was broken off from here")
                write, count = self._write, min(self._left, len(piece))
            write(piece[:count])
            piece = piece[count:]
            self._left -= count
            if not self._left:
                self._write = None
                self._loop.call_soon_threadsafe(self._full.set)
