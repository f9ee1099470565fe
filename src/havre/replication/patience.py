"""Try again what another registry may do a moment later: no answer, a broken link, a plea for patience."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from havre.replication.errors import RemoteBusy, RemoteUnreachable

_WAITS_S: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
_LONGEST_S: Final = 120.0  # a registry that asks for more is asked again by the job's next attempt
Result = TypeVar("Result")
Tell = Callable[[str], None]


async def patiently(call: Callable[[], Awaitable[Result]], tell: Tell) -> Result:
    """Do something, and again after a while when that may help.

    Raises: what the last try raised.
    """
    for least_s in _WAITS_S:
        try:
            return await call()
        except (RemoteBusy, RemoteUnreachable) as error:
            asked_s = (error.retry_after_s or 0.0) if isinstance(error, RemoteBusy) else 0.0
            if asked_s > _LONGEST_S:
                raise
            wait_s = max(least_s, asked_s)
            tell(f"{error}: trying again in {wait_s:.0f} s")
        await asyncio.sleep(wait_s)
    return await call()
