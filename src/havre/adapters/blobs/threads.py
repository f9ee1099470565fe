"""Blocking file work: off the event loop, with its errors told in the house's words."""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from havre.kernel.errors import StorageFull, Unavailable

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
Inputs = ParamSpec("Inputs")
Result = TypeVar("Result")


async def in_thread(call: Callable[Inputs, Result], *inputs: Inputs.args, **named: Inputs.kwargs) -> Result:
    """Run a blocking call in the loop's pool; a cancelled caller does not stop a call that was asked for."""
    pending = asyncio.get_running_loop().run_in_executor(None, lambda: call(*inputs, **named))
    pending.add_done_callback(_look_at)
    return await asyncio.shield(pending)


def _look_at(ended: "asyncio.Future[Result]") -> None:
    if not ended.cancelled():
        ended.exception()  # the caller may be gone: asyncio would complain that nobody looked


@contextmanager
def faults(what: str) -> Iterator[None]:
    """Turn an OSError into StorageFull or Unavailable; `what` says what was tried."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull(f"could not {what}: there is no room in the blob store") from error
        raise Unavailable(f"could not {what}: {error.strerror}") from error


def sync_directory(path: Path) -> None:
    """Flush a directory: the names made, moved and removed in it."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
