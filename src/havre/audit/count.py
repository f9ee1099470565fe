"""How many rows a search finds, without counting a million of them for each page.

A count is kept with the newest id it saw; later pages count what came since. A purge or a minute ends it: on
PostgreSQL a row with a lower id may have become visible in between.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from havre.audit.store import events as store
from havre.kernel.work import Parameters, Reader

_MOST: Final = 256
_KEPT_S: Final = 60.0
_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class _Counted:
    total: int
    newest: int
    purge: int
    until: float


class Counts:
    """The counts of the last searches of this process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, _Counted] = OrderedDict()

    async def total(self, reader: Reader, where: str, parameters: Parameters) -> int:
        """Count the rows of a search; two queries, whatever is kept."""
        newest, purge = await store.newest(reader)
        key = where, *sorted((name, str(value)) for name, value in parameters.items())
        kept = self._kept.pop(key, None)
        if kept is not None and kept.purge == purge and kept.until > time.monotonic():
            total = kept.total + await store.count_since(reader, kept.newest, where, parameters)
            until = kept.until
        else:
            total = await store.count_events(reader, where, parameters)
            until = time.monotonic() + _KEPT_S
        self._kept[key] = _Counted(total, newest, purge, until)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return total
