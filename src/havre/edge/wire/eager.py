"""Run a coroutine at once, and make it a task only when it has to wait.

A task costs an object, a trip through the loop's queue and a second turn of the loop; a manifest from memory
or SQLite never waits. The price, until the first wait: `asyncio.current_task()` is None, so
`asyncio.timeout()` and anyio cannot be entered before the coroutine has waited once.
"""

import asyncio
import contextvars
import types
from collections.abc import Coroutine, Generator


def run_eagerly(
    loop: asyncio.AbstractEventLoop, coroutine: Coroutine[object, None, None]
) -> asyncio.Task[None] | None:
    """Step `coroutine` now in a context of its own; return the task that finishes it, if it has to wait."""
    context = contextvars.copy_context()
    try:
        first = context.run(coroutine.send, None)
    except StopIteration:
        return None
    task = loop.create_task(_continue(coroutine, first), context=context)
    # A task that is cancelled before its first step never enters _continue: the coroutine must still unwind.
    task.add_done_callback(lambda _: coroutine.close())
    return task


async def _continue(coroutine: Coroutine[object, None, None], first: object) -> None:
    await _resume(coroutine, first)


@types.coroutine
def _resume(coroutine: Coroutine[object, None, None], first: object) -> Generator[object, None, None]:
    """Yield again what the coroutine yielded; a future keeps its `_asyncio_future_blocking` mark."""
    waiting = first
    while True:
        try:
            yield waiting
        except GeneratorExit:
            coroutine.close()
            raise
        except BaseException as error:  # noqa: BLE001  # handed on to the coroutine, whatever it is
            step = error
        else:
            break
        try:
            waiting = coroutine.throw(step)
        except StopIteration:
            return
    yield from coroutine
