"""The way in: request body from the socket to a sink, in pool threads, past parser and loop.

A pool thread takes one *burst* while bytes are there and gives the socket back to the poll when it runs
dry, so a slow uploader holds no thread. `read`, hashing and `write` release the interpreter lock.
Each thread has one buffer for life: memory is threads x buffer, whatever the number of uploads.
"""

import asyncio
import os
import select
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from havre.edge.wire.asgi import Write
from havre.edge.wire.chunked import ChunkDecoder
from havre.edge.wire.errors import BodyIncomplete
from havre.edge.wire.waiting import wait_readable

THREADS = 8  # more only adds switching: two cores are full with three
BUFFER_BYTES = 512 * 1024  # stays in the L2/L3 cache between receive, hash and write
BURST_BYTES = 16 * 1024 * 1024  # about 16 ms of hashing; then the next upload in the queue has its turn
GRACE_MS = 1  # a sender on the same machine is back within this; the loop's poll costs more

_local = threading.local()


@cache
def pool() -> ThreadPoolExecutor:
    """Return the threads of this process; made on first use, thus after a fork."""
    return ThreadPoolExecutor(THREADS, thread_name_prefix="wire")


class Pump:
    """One request body on its way in. `fd` is a duplicate of the socket's and belongs to the pump."""

    def __init__(self, fd: int, length: int | None, early: bytes, write: Write) -> None:
        self.total = 0
        self.surplus = b""
        self._fd = fd
        self._left = length or 0
        self._decoder = ChunkDecoder() if length is None else None
        self._early = memoryview(early)
        self._write = write
        self._is_stopped = False
        self._lock = threading.Lock()

    async def run(self, loop: asyncio.AbstractEventLoop, idle_s: float) -> int:
        """Bring the whole body in; return its size. `surplus` then holds what followed it."""
        burst: asyncio.Future[bool] | None = None
        try:
            while not self._is_complete:
                burst = loop.run_in_executor(pool(), self._burst)
                is_dry = await burst
                if is_dry and not await wait_readable(loop, self._fd, idle_s):
                    raise BodyIncomplete(f"no byte of the body for {idle_s:.0f} s")
            return self.total
        finally:
            self._is_stopped = True
            if burst is None or (burst.done() and not burst.cancelled()):
                os.close(self._fd)
            else:  # cancelled in the middle of a burst: the thread still reads from the descriptor
                pool().submit(_close_after, self._lock, self._fd)

    @property
    def _is_complete(self) -> bool:
        return self._decoder.is_done if self._decoder else not self._left

    def _burst(self) -> bool:
        """In a thread: take bytes while there are any; return True when the socket ran dry."""
        with self._lock:
            buffer = _buffer()
            stop_at = self.total + BURST_BYTES
            while not self._is_complete and self.total < stop_at and not self._is_stopped:
                got = self._fill(buffer)
                if not got:
                    return True
                self._deliver(buffer, got)
            return False

    def _fill(self, buffer: bytearray) -> int:
        """Read until the buffer is full or nothing more is there; 0 means dry."""
        view = memoryview(buffer)
        want = len(view) if self._decoder else min(len(view), self._left)
        got = min(want, len(self._early))
        if got:
            view[:got] = self._early[:got]
            self._early = self._early[got:]
            if self._decoder or self._early:
                return got  # in the chunked coding the end may already be here
        while got < want:
            try:
                size = os.readv(self._fd, (view[got:want],))
            except BlockingIOError:
                if got or not _has_bytes_soon(self._fd):
                    return got
                continue
            except OSError as error:
                raise self._vanished(buffer, got) from error
            if not size:
                raise self._vanished(buffer, got)
            got += size
        return got

    def _vanished(self, buffer: bytearray, got: int) -> BodyIncomplete:
        """The client has left: hand over what it sent, then say so."""
        if got:
            self._deliver(buffer, got)
        return BodyIncomplete("the client left in the middle of the body")

    def _deliver(self, buffer: bytearray, got: int) -> None:
        view = memoryview(buffer)
        if self._decoder is None:
            self._left -= got
            self.total += got
            self._write(view[:got])
            if not self._left and self._early:
                self.surplus, self._early = bytes(self._early), memoryview(b"")
            return
        first, last, consumed = self._decoder.decode(buffer, got)
        if last > first:
            self.total += last - first
            self._write(view[first:last])
        if self._decoder.is_done:
            self.surplus = bytes(view[consumed:got]) + bytes(self._early)


def _close_after(lock: threading.Lock, fd: int) -> None:
    with lock:
        os.close(fd)


def _buffer() -> bytearray:
    buffer: bytearray | None = getattr(_local, "buffer", None)
    if buffer is None:
        buffer = _local.buffer = bytearray(BUFFER_BYTES)
    return buffer


def _has_bytes_soon(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(GRACE_MS))
