"""Where in a search rows were met before, so that the way to a deep page begins near it. Pure.

An engine finds page 1,000 by counting everything before it, inside an index but one by one: on PostgreSQL
13 ms for 99,900 rows. A bookmark is a row and how many rows of the search are older. The journal only grows
at its young end, so that number stays; whoever sees a late row arrive below a bookmark, or a purge, forgets
it (count.py).
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from havre.audit.model import AuditRecord
from havre.kernel.clock import to_micros
from havre.kernel.pages import PageRequest

_FAR: Final = 1000  # index entries: a walk under a quarter of a millisecond is not worth a bookmark
_MOST: Final = 512  # of one search


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A row of a search; `rank` rows of the search are older."""

    rank: int
    at: int
    record_id: int


@dataclass(frozen=True, slots=True)
class Route:
    """The way to a page: `offset` rows on from a bookmark (itself included) or an end, then `limit` rows."""

    order: str  # the walk's: ASC from the old end, DESC from the young end
    limit: int
    offset: int
    start: Bookmark | None
    oldest_rank: int  # of the page's rows


class Bookmarks:
    """The bookmarks of one search, in the order of their ranks."""

    def __init__(self) -> None:
        self._marks: list[Bookmark] = []

    def forget_from(self, at: int) -> None:
        """Drop what a row that arrived with this moment may stand below."""
        del self._marks[bisect_left(self._marks, at, key=lambda mark: mark.at) :]

    def route(self, page: PageRequest, total: int, *, is_oldest_first: bool) -> Route:
        """Choose the shortest way to a page of a search that finds `total` rows."""
        first = min(page.offset, total)
        limit = min(page.size, total - first)
        oldest = first if is_oldest_first else total - first - limit
        youngest = oldest + limit - 1
        above = bisect_left(self._marks, youngest, key=_rank)
        below = bisect_right(self._marks, oldest, key=_rank) - 1
        ways = [
            Route("ASC", limit, oldest, None, oldest),
            Route("DESC", limit, total - 1 - youngest, None, oldest),
        ]
        if above < len(self._marks):
            mark = self._marks[above]
            ways.append(Route("DESC", limit, mark.rank - youngest, mark, oldest))
        if below >= 0:
            mark = self._marks[below]
            ways.append(Route("ASC", limit, oldest - mark.rank, mark, oldest))
        return min(ways, key=lambda way: way.offset)

    def learn(self, route: Route, found: Sequence[AuditRecord]) -> None:
        """Remember the oldest row of a page that was far away; `found` in either order."""
        if route.offset < _FAR or len(found) != route.limit or not found:
            return
        oldest = min(found, key=lambda record: (record.at, record.record_id))
        insort(self._marks, Bookmark(route.oldest_rank, to_micros(oldest.at), oldest.record_id), key=_rank)
        if len(self._marks) > _MOST:
            del self._marks[::2]


def _rank(mark: Bookmark) -> int:
    return mark.rank
