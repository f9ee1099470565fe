"""A clock that tests wind."""

from datetime import UTC, datetime, timedelta


class WoundClock:
    """Implements Clock: stands still until it is wound."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        """Tell the time it was wound to."""
        return self._now

    def wind(self, seconds: float) -> None:
        """Go forward."""
        self._now += timedelta(seconds=seconds)
