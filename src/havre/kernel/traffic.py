"""Whether somebody is served just now: work in the background that shares the event loop asks."""

import time
from typing import Final

_BUSY_FOR_S: Final = 2.0


class Traffic:
    """Noted by the door at every request, asked by what can wait."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = -_BUSY_FOR_S

    def note(self) -> None:
        """Somebody asks for something."""
        self._last = time.monotonic()

    def is_busy(self) -> bool:
        """Tell whether the last request was a moment ago."""
        return time.monotonic() - self._last < _BUSY_FOR_S
