"""Wait for a file descriptor through the loop's poll."""

import asyncio


async def wait_readable(loop: asyncio.AbstractEventLoop, fd: int, timeout_s: float) -> bool:
    """Return True when `fd` has bytes (or an end, or an error), False after `timeout_s`."""
    future: asyncio.Future[bool] = loop.create_future()
    timer = loop.call_later(timeout_s, settle, future, False)
    loop.add_reader(fd, settle, future, True)
    try:
        return await future
    finally:
        loop.remove_reader(fd)
        timer.cancel()


async def wait_writable(
    loop: asyncio.AbstractEventLoop, fd: int, timeout_s: float, future: asyncio.Future[bool]
) -> bool:
    """Return True when `fd` takes bytes, False after `timeout_s` or when somebody settles `future` so."""
    timer = loop.call_later(timeout_s, settle, future, False)
    loop.add_writer(fd, settle, future, True)
    try:
        return await future
    finally:
        loop.remove_writer(fd)
        timer.cancel()


def settle(future: asyncio.Future[bool], answer: bool) -> None:
    """Give `future` its answer unless it has one."""
    if not future.done():
        future.set_result(answer)
