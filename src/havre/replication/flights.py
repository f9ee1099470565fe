"""Blobs on their way here that clients wait for: one transfer from the other registry, any number of readers.

    other registry ──▶ spool of an upload ──▶ blob
                          └──▶ reader, reader, reader …

The last bytes are held back until the digest of the whole has been proved: a client never gets all of what
is not what it asked for.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

from havre.kernel.digest import Digest
from havre.kernel.errors import Unavailable
from havre.replication.errors import UpstreamFailed

_HELD: Final = 64 << 10
_PIECE: Final = 256 << 10
PathOf = Callable[[str], str | None]


class Flight:
    """One blob on its way; implements Watch."""

    def __init__(self, digest: Digest, size: int, path_of: PathOf) -> None:
        self.digest = digest
        self.size = size
        self._path_of = path_of
        self._loop = asyncio.get_running_loop()
        self._descriptor = -1
        self._there = 0
        self._grown = asyncio.Event()
        self._is_proved = False
        self._failure: BaseException | None = None
        self._readers = 0
        self._is_over = False

    def begins(self, key: str, offset: int) -> None:
        """Open the file in which the bytes will stand; see the port."""
        path = self._path_of(key)
        if path is None:
            raise Unavailable("a proxy project needs spools that are files")
        self._close()
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.grows(offset)

    def joins(self, key: str) -> bool:
        """Open the file in which another process lets the bytes stand; False when it is not there."""
        path = self._path_of(key)
        try:
            descriptor = -1 if path is None else os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            descriptor = -1
        if descriptor < 0:
            return False
        self._close()
        self._descriptor = descriptor
        return True

    def looks(self) -> None:
        """See how far another process has come."""
        self._there = os.fstat(self._descriptor).st_size
        self._wake()

    def grows(self, offset: int) -> None:
        """Wake who waits; see the port."""
        self._there = offset
        self._loop.call_soon_threadsafe(self._wake)

    def end(self, failure: BaseException | None) -> None:
        """Say that the blob is here, proved, or why it does not come."""
        self._is_proved, self._failure, self._is_over = failure is None, failure, True
        self._wake()
        if not self._readers:
            self._close()

    async def read(self, offset: int, count: int) -> AsyncIterator[bytes]:
        """Yield bytes as they come.

        Raises: UpstreamFailed when they end too early.
        """
        self._readers += 1
        try:
            end = offset + count
            while offset < end:
                ready = await self._ready(offset)
                size = min(_PIECE, min(end, ready) - offset)
                piece = await asyncio.to_thread(os.pread, self._descriptor, size, offset)
                if not piece:
                    raise UpstreamFailed(f"blob {self.digest} broke off on its way here")
                offset += len(piece)
                yield piece
        finally:
            self._readers -= 1
            if self._is_over and not self._readers:
                self._close()

    async def _ready(self, offset: int) -> int:
        """Wait until a byte may be given, and tell up to which one."""
        while True:
            if self._failure is not None:
                raise UpstreamFailed(f"blob {self.digest} does not come: {self._failure}") from self._failure
            ready = self.size if self._is_proved else min(self._there, self.size - _HELD)
            if ready > offset:
                return ready
            waiting = self._grown
            await waiting.wait()

    def _wake(self) -> None:
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    def _close(self) -> None:
        if self._descriptor >= 0:
            with suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1


class Flights:
    """The blobs that are on their way in this process."""

    def __init__(self) -> None:
        self._flying: dict[str, Flight] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def find(self, key: str) -> Flight | None:
        """Find one that is on its way."""
        return self._flying.get(key)

    def start(self, key: str, flight: Flight, fetch: Callable[[Flight], Awaitable[None]]) -> None:
        """Let one begin; it goes on when nobody waits for it any more."""
        self._flying[key] = flight
        task = asyncio.create_task(self._fly(key, flight, fetch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fly(self, key: str, flight: Flight, fetch: Callable[[Flight], Awaitable[None]]) -> None:
        failure: BaseException | None = UpstreamFailed("the instance is being stopped")
        try:
            await fetch(flight)
            failure = None
        except Exception as error:  # noqa: BLE001 - the border of the task: readers get it, and tell it
            failure = error
        finally:
            self._flying.pop(key, None)
            flight.end(failure)

    async def stop(self) -> None:
        """Break off what is on its way; the next process goes on with it."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
