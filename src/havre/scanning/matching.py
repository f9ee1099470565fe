"""Whether a version is one that an advisory is about. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from havre.scanning.advisories.constraints import without_mark
from havre.scanning.advisories.model import Affected, Interval
from havre.scanning.advisories.names import scheme_of
from havre.scanning.versions import Compare, comparison


@dataclass(frozen=True, slots=True)
class Hit:
    """A version is vulnerable; `fixed` is the version that mends it, empty when none is known."""

    fixed: str


def judge(affected: Affected, version: str) -> Hit | None:
    """Hold a version against what an advisory says of its package; None when it is not vulnerable."""
    scheme = scheme_of(affected.ecosystem)
    if scheme is None or not version:
        return None
    compare = comparison(scheme)
    if version in affected.versions:
        return Hit(_fix(compare, affected, version, None))
    held = next((one for one in affected.intervals if _holds(compare, one, version)), None)
    if held is None or any(_holds(compare, one, version) for one in affected.safe):
        return None
    return Hit(_fix(compare, affected, version, held))


def _holds(compare: Compare, interval: Interval, version: str) -> bool:
    if interval.low:
        found = compare(version, interval.low)
        if found < 0 or (found == 0 and not interval.has_low):
            return False
    if interval.high:
        found = compare(version, interval.high)
        return found < 0 or (found == 0 and interval.has_high)
    return True


def _fix(compare: Compare, affected: Affected, version: str, held: Interval | None) -> str:
    """Name the nearest version that mends it: where safe versions begin, else where the interval ends."""
    safe = _least(compare, affected.safe, version)
    if safe is not None:
        return safe.low if safe.has_low else f"> {safe.low}"
    if held is not None:
        return "" if held.has_high else without_mark(held.high)
    ends = [Interval(one.high) for one in affected.intervals if one.high and not one.has_high]
    end = _least(compare, ends, version)
    return "" if end is None else end.low


def _least(compare: Compare, found: Iterable[Interval], above: str) -> Interval | None:
    """Give the interval that begins nearest above a version."""
    least: Interval | None = None
    for one in found:
        if one.low and compare(one.low, above) >= (1 if one.has_low else 0):
            least = one if least is None or compare(one.low, least.low) < 0 else least
    return least
