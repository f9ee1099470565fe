"""How many rows a search finds, without counting a million of them for each page.

A count is kept with the newest id it saw; later pages count what came since. A purge or a minute ends it: on
PostgreSQL a row with a lower id may have become visible in between. The bookmarks of a search live on beyond
the minute when the fresh count proves that no such row came.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from havre.audit.bookmarks import Bookmarks
from havre.audit.store import events as store
from havre.kernel.work import Parameters, Reader

_MOST: Final = 256
_KEPT_S: Final = 60.0
_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """What a search finds; `bookmarks` belong to it while `newest` is the newest row."""

    total: int
    newest: int
    purge: int
    until: float
    bookmarks: Bookmarks = field(default_factory=Bookmarks)


class Counts:
    """The counts of the last searches of this process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, Counted] = OrderedDict()

    async def count(self, reader: Reader, where: str, parameters: Parameters) -> Counted:
        """Count the rows of a search; two queries, a third when a kept count is over."""
        newest, purge = await store.newest(reader)
        key = where, *sorted((name, str(value)) for name, value in parameters.items())
        kept = self._kept.get(key)
        if kept is not None and kept.purge == purge:
            if newest < kept.newest:  # this view is older than another's that was faster
                return Counted(kept.total, newest, purge, 0.0)
            counted = await self._follow(reader, where, parameters, kept, newest)
        else:
            counted = _fresh(await store.count_events(reader, where, parameters), newest, purge)
        self._kept[key] = counted
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return counted

    async def _follow(
        self, reader: Reader, where: str, parameters: Parameters, kept: Counted, newest: int
    ) -> Counted:
        added, oldest_at = await store.count_since(reader, kept.newest, where, parameters)
        total, bookmarks = kept.total + added, kept.bookmarks
        if oldest_at is not None:
            bookmarks.forget_from(oldest_at)
        if kept.until > time.monotonic():
            return Counted(total, newest, kept.purge, kept.until, bookmarks)
        counted = await store.count_events(reader, where, parameters)
        if counted != total:
            bookmarks = Bookmarks()
        return _fresh(counted, newest, kept.purge, bookmarks)

    def is_current(self, counted: Counted) -> bool:
        """Tell whether nobody has seen a newer row since, so that the ranks of this view still hold."""
        return any(kept is counted for kept in reversed(self._kept.values()))


def _fresh(total: int, newest: int, purge: int, bookmarks: Bookmarks | None = None) -> Counted:
    until = time.monotonic() + _KEPT_S
    return Counted(total, newest, purge, until, Bookmarks() if bookmarks is None else bookmarks)
