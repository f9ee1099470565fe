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
class PageRequest:
    """Which page: `number` from 1, `size` items."""

    number: int = 1
    size: int = 10

    @property
    def offset(self) -> int:
        """How many items come before."""
        return (self.number - 1) * self.size
