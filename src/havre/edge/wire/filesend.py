"""The way out: a piece of a file to a socket by sendfile, never waiting for the disk in the loop.

Pages in the cache are sent from the loop. `preadv2(RWF_NOWAIT)` tells whether the end of a piece is in
the cache; if not, a thread reads it in first, so a cold disk delays this response and no other.
"""

import asyncio
import os
from functools import partial
from typing import Protocol

from havre.edge.wire.pump import pool
from havre.edge.wire.waiting import wait_writable

SMALL_BYTES = 64 * 1024  # up to here read + one write with the head is 3 to 5 times faster than sendfile
PIECE_BYTES = 256 * 1024
TURN_PIECES = 4  # pieces sent before other connections have their turn


class Peer(Protocol):
    """What the sender must know of the response it belongs to."""

    disconnected: bool
    writable: asyncio.Future[bool] | None

    @property
    def patience_s(self) -> float:
        """How long the client may take no byte."""


async def send_pieces(  # five facts of one transfer and the loop
    loop: asyncio.AbstractEventLoop, socket_fd: int, file_fd: int, offset: int, count: int, peer: Peer
) -> bool:
    """Send `count` bytes from `offset`; return False when the client left or stalled or the file is short."""
    end = offset + count
    pieces = 0
    while offset < end:
        size = min(PIECE_BYTES, end - offset)
        if not _is_cached(file_fd, offset + size - 1):
            await loop.run_in_executor(pool(), partial(os.pread, file_fd, size, offset))
        try:
            sent = os.sendfile(socket_fd, file_fd, offset, size)
        except BlockingIOError:
            peer.writable = loop.create_future()
            is_writable = await wait_writable(loop, socket_fd, peer.patience_s, peer.writable)
            peer.writable = None
            pieces = 0
            if not is_writable:
                return False
            continue
        except OSError:
            return False
        if not sent:
            return False
        offset += sent
        pieces += 1
        if pieces == TURN_PIECES:
            pieces = 0
            await asyncio.sleep(0)
        if peer.disconnected:
            return False
    return True


_PROBE = bytearray(1)


def _is_cached(fd: int, offset: int) -> bool:
    try:
        os.preadv(fd, (_PROBE,), offset, os.RWF_NOWAIT)
    except OSError:  # EAGAIN: cold; EOPNOTSUPP: a file system that cannot tell
        return False
    return True
