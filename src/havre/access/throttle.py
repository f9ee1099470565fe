"""Slows guessing down: failures per name and per address, counted in this process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from havre.kernel.errors import Throttled

_MOST_KEYS: Final = 10_000  # bounds the memory; the oldest are forgotten first
_FORGOTTEN_S: Final = 900.0


class Throttle:
    """Counts failures; after some free ones each doubles the wait, from one second up."""

    def __init__(self, free: int, longest_delay_s: int, ticks: Callable[[], float] = time.monotonic) -> None:
        self._free = free
        self._longest_s = longest_delay_s
        self._ticks = ticks
        # key -> (failures, moment of the last one)
        self._failures: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def check(self, key: str) -> None:
        """Let the caller try.

        Raises: Throttled while the wait after the last failure is not over.
        """
        failures, last = self._failures.get(key, (0, 0.0))
        passed = self._ticks() - last
        if failures and passed > _FORGOTTEN_S:
            del self._failures[key]
            return
        delay = self._delay_s(failures)
        if passed < delay:
            raise Throttled("too many failed logins: wait before the next try", max(1, round(delay - passed)))

    def failed(self, key: str) -> None:
        """Count a failure."""
        failures, _ = self._failures.pop(key, (0, 0.0))
        self._failures[key] = (failures + 1, self._ticks())
        if len(self._failures) > _MOST_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Forget the failures."""
        self._failures.pop(key, None)

    def _delay_s(self, failures: int) -> float:
        over = failures - self._free
        return 0.0 if over < 0 else float(min(2 ** min(over, 20), self._longest_s))


class LoginThrottle:
    """Counts failed logins of a name from an address, of a name from anywhere, of an address.

    The pair is slowed down first, so that a robot with an old password does not lock its owner out
    elsewhere; the other two have ten times as many free failures.
    """

    def __init__(self, free: int, longest_delay_s: int) -> None:
        self._pairs = Throttle(free, longest_delay_s)
        self._names = Throttle(free * 10, longest_delay_s)
        self._addresses = Throttle(free * 10, longest_delay_s)

    def check(self, username: str, address: str) -> None:
        """Let the caller try.

        Raises: Throttled.
        """
        for throttle, key in self._counters(username, address):
            throttle.check(key)

    def failed(self, username: str, address: str) -> None:
        """Count a failure."""
        for throttle, key in self._counters(username, address):
            throttle.failed(key)

    def succeeded(self, username: str, address: str) -> None:
        """Forget the failures."""
        for throttle, key in self._counters(username, address):
            throttle.succeeded(key)

    def _counters(self, username: str, address: str) -> tuple[tuple[Throttle, str], ...]:
        pair = f"{username}\0{address}"
        return (self._pairs, pair), (self._names, username), (self._addresses, address)
