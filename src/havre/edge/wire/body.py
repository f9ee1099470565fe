"""What the doors call to move a body: the fast way where the server offers it, plain ASGI everywhere else."""

import asyncio
import os
from functools import partial

from havre.edge.wire.asgi import DRAIN, FILESEND, FILESEND_MESSAGE, Drain, Receive, Scope, Send, Write
from havre.edge.wire.errors import BodyIncomplete

_BATCH_BYTES = 1024 * 1024  # small pieces are joined up to here: each trip to a thread costs about 50 us
_READ_BYTES = 512 * 1024


async def drain_body(scope: Scope, receive: Receive, write: Write) -> int:
    """Take the whole request body to `write`, which runs in a thread; return the number of bytes.

    Raises BodyIncomplete when the client ends early, and whatever `write` raises.
    """
    drain: Drain | None = (scope.get("extensions") or {}).get(DRAIN)
    if drain is not None:
        return await drain(write)
    total = 0
    batch = bytearray()
    while True:
        message = await receive()
        has_ended = message["type"] == "http.disconnect"
        batch += message.get("body", b"")
        is_last = has_ended or not message.get("more_body", False)
        if batch and (is_last or len(batch) >= _BATCH_BYTES):
            total += len(batch)
            await asyncio.to_thread(write, memoryview(batch))
            batch = bytearray()
        if has_ended:
            raise BodyIncomplete("the client left in the middle of the body")
        if is_last:
            return total


async def send_file(scope: Scope, send: Send, path: str, offset: int, count: int) -> None:
    """Send `count` bytes of the file from `offset` and end the response; the caller has sent its start.

    Raises OSError when the file is shorter: the server then breaks the connection.
    """
    if FILESEND in (scope.get("extensions") or {}):
        await send({"type": FILESEND_MESSAGE, "path": path, "offset": offset, "count": count})
        return
    if scope["method"] == "HEAD":
        await send({"type": "http.response.body", "body": b""})
        return
    fd = await asyncio.to_thread(os.open, path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        while True:
            piece = await asyncio.to_thread(partial(os.pread, fd, min(_READ_BYTES, count), offset))
            if not piece and count:
                raise OSError(f"{path} is shorter than announced")
            offset += len(piece)
            count -= len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": count > 0})
            if not count:
                return
    finally:
        os.close(fd)
