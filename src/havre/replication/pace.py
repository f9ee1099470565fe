"""Keep transfers to a bandwidth: those that share a pace share the limit. Called in pool threads."""

import threading
import time
from typing import Final

_CREDIT_S: Final = 1.0  # what waiting for answers left over may be made up for


class Bandwidth:
    """Implements Pace: so many bytes a second, evenly."""

    def __init__(self, bytes_a_second: float) -> None:
        self._rate = bytes_a_second
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def take(self, count: int) -> float:
        """Account for bytes; see the port."""
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now - _CREDIT_S) + count / self._rate
            return max(0.0, self._free_at - now)


def pace_of(kib_a_second: int) -> Bandwidth | None:
    """Make the pace of a rule; None without a limit."""
    return Bandwidth(kib_a_second * 1024) if kib_a_second > 0 else None
