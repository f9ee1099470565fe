"""Read expressions of versions, as people write them in advisories, into intervals. Pure.

npm, Rust, Packagist   >=1.2 <1.3 || ^2.0 || ~1.4 || 1.x || 1.0 - 1.5
Ruby                   ~> 1.2.3, >= 1.0
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from typing import Final

from havre.scanning.advisories.model import Interval

_ATOM: Final = re.compile(
    r"(>=|<=|=>|=<|==|>|<|=|~>|\^|~|!=)?\s*([vV]?[0-9*xX][^\s,|<>=^~]*|\*|[a-zA-Z][^\s,|<>=^~]*)"
)
_RANGE: Final = re.compile(r"(\S+)\s+-\s+(\S+)")
_WILD: Final = frozenset({"x", "X", "*"})
# What is on the way to the next version belongs to it, and not to the one before.
_BEFORE, _BEFORE_GEM = "-0", ".a"


def without_mark(version: str) -> str:
    """Give the version that ends an interval as people know it."""
    return version.removesuffix(_BEFORE).removesuffix(_BEFORE_GEM)


class ConstraintInvalid(ValueError):
    """An expression is none."""


def parse_constraint(text: str) -> tuple[Interval, ...]:
    """Give the intervals of an expression; any of them holds what it means.

    Raises: ConstraintInvalid.
    """
    found: list[Interval] = []
    for part in re.split(r"\|\||\bor\b", text):
        joined = _all_of(part.strip())
        if joined is not None:
            found.append(joined)
    return tuple(found)


def parse_constraints(texts: Iterable[object]) -> tuple[Interval, ...]:
    """Give the intervals of several expressions, of which any holds. Raises: ConstraintInvalid."""
    return tuple(interval for text in texts for interval in parse_constraint(str(text)))


def _all_of(text: str) -> Interval | None:
    """Read what must hold together; None when it cannot."""
    hyphen = _RANGE.fullmatch(text)
    if hyphen is not None:
        return Interval(hyphen[1], hyphen[2], has_high=True)
    if text in ("", "*", "x", "X", "latest"):
        return Interval()
    at, result = 0, Interval()
    while at < len(text):
        found = _ATOM.match(text, at)
        if found is None:
            raise ConstraintInvalid(f"{text[:80]!r} is no expression of versions")
        result = _both(result, _atom(found[1] or "", found[2]))
        at = found.end()
        while at < len(text) and text[at] in " ,\t\n&":
            at += 1
    return result


def _atom(sign: str, version: str) -> Interval:
    plain = version.lstrip("vV") if version[1:2].isdigit() else version
    parts = plain.split(".")
    wild = next((at for at, part in enumerate(parts) if part in _WILD), None)
    if wild is not None:
        return _of_wild(sign, parts[:wild])
    if sign in (">=", "=>"):
        return Interval(plain)
    if sign == ">":
        return Interval(plain, has_low=False)
    if sign in ("<=", "=<"):
        return Interval("", plain, has_high=True)
    if sign == "<":
        return Interval("", plain)
    if sign == "^":
        return Interval(plain, _next(parts, _first_that_counts(parts)) + _BEFORE)
    if sign == "~":
        return Interval(plain, _next(parts, min(1, len(parts) - 1)) + _BEFORE)
    if sign == "~>":
        numbers = list(
            itertools.takewhile(str.isdigit, re.split(r"[.-]", plain))
        )  # up to a word, as Ruby has it
        return Interval(plain, _next(numbers, max(0, len(numbers) - 2)) + _BEFORE_GEM)
    return Interval(plain, plain, has_high=True)


def _of_wild(sign: str, fixed: Sequence[str]) -> Interval:
    """Read 1.x: everything that begins with 1; with a sign, from or up to there."""
    if not fixed:
        return Interval()
    low, high = ".".join(fixed), _next(fixed, len(fixed) - 1)
    if sign in (">=", "=>"):
        return Interval(low)
    if sign == ">":
        return Interval(high)
    if sign == "<":
        return Interval("", low)
    if sign in ("<=", "=<"):
        return Interval("", high)
    return Interval(low, high + _BEFORE)


def _first_that_counts(parts: Sequence[str]) -> int:
    return next((at for at, part in enumerate(parts) if not part.isdigit() or int(part)), len(parts) - 1)


def _next(parts: Sequence[str], at: int) -> str:
    """Give the first version whose component `at` is greater."""
    number = re.match(r"\d+", parts[at])
    if number is None:
        raise ConstraintInvalid(f"{'.'.join(parts)[:80]!r} has no number to count on from")
    return ".".join((*parts[:at], str(int(number[0]) + 1)))


def _both(one: Interval, other: Interval) -> Interval:
    """Join two that bound different sides; of two that bound the same, the later is meant."""
    low, has_low = (other.low, other.has_low) if other.low else (one.low, one.has_low)
    high, has_high = (other.high, other.has_high) if other.high else (one.high, one.has_high)
    return Interval(low, high, has_low, has_high)
