"""One page of a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items in order; `next_after` is the key to go on from, None on the last page."""

    items: Sequence[Item]
    next_after: str | None = None


@dataclass(frozen=True, slots=True)
class NumberedPage(Generic[Item]):
    """Items of page N with the count of all: Harbor's way of paging."""

    items: Sequence[Item]
    total: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where a page lies in a list of known length, told from the end that is nearer: less is walked over."""

    limit: int
    offset: int
    is_from_end: bool

    def walk(self, order: str) -> str:
        """Make the ORDER BY of the walk: the list's own, or its reverse, column by column."""
        if not self.is_from_end:
            return order
        return ", ".join(
            column.removesuffix(" DESC") if column.endswith(" DESC") else f"{column} DESC"
            for column in order.split(", ")
        )


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which page: `number` from 1, `size` items."""

    number: int = 1
    size: int = 10

    @property
    def offset(self) -> int:
        """How many items come before."""
        return (self.number - 1) * self.size

    def within(self, total: int) -> Stretch:
        """Place the page in a list of exactly so many items; behind its end is nothing."""
        limit = max(0, min(self.size, total - self.offset))
        behind = max(0, total - self.offset - limit)
        if behind < self.offset:
            return Stretch(limit, behind, is_from_end=True)
        return Stretch(limit, self.offset, is_from_end=False)
