"""Counts of long lists, remembered until what they count has changed."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

_MOST: Final = 4096  # lists


class Counts:
    """A count with the version of what was counted; another version makes it void."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[object, int]] = OrderedDict()

    def find(self, key: Hashable, version: object) -> int | None:
        """Get the count of a list if it was made at this version."""
        found = self._known.get(key)
        if found is None or found[0] != version:
            return None
        self._known.move_to_end(key)
        return found[1]

    def keep(self, key: Hashable, version: object, count: int) -> None:
        """Remember a count; the longest unasked ones are forgotten."""
        self._known[key] = (version, count)
        self._known.move_to_end(key)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
