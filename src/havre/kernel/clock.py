"""Time as the house keeps it: aware UTC outside, integer microseconds in the database."""

from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Clock(Protocol):
    """Tells the time; tests wind it."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """Turn an aware moment into microseconds since 1970, as columns named `…_at` keep it."""
    return (moment - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Turn a column's microseconds into an aware moment."""
    return EPOCH + timedelta(microseconds=micros)


def shown_moment(micros: int) -> str:
    """Write a column's microseconds as JSON documents show moments (RFC 3339, UTC)."""
    return from_micros(micros).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
