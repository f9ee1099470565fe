"""Ranges of semantic versions, as rules write them for tags.

    >=1.2 <2       all of the terms, apart by blanks or commas   ^1.4     1.4.0 to below 2.0.0 (^0.2: 0.3.0)
    <1 || >=3      either side                                   ~1.2.3   1.2.3 to below 1.3.0
    1.2, 1.2.x     any 1.2                                       *        any version
    =1.2.3 !=1.2.4 > >= < <= compare; a part left out counts as any: >1.2 begins at 1.3.0

A tag is a version when it has all three numbers: v1.2.3, 1.2.3-rc.1. `1.2` and `latest` are none, because
such tags move on purpose. Pre-releases count only where a term of the same side names one (>=1.2.0-0), and
never those of an upper end: <2.0.0 leaves 2.0.0-rc.1 out. Tags cannot hold build metadata.
Source: semver.org 2.0.0, paragraph 11; the ranges are those of npm and Helm.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

MAX_TERMS: Final = 64


class RangeInvalid(ValueError):
    """Raised for a range that makes no sense; its text says why, for people."""


# A pre-release sorts before its release: (0, parts) < (1,). Numbers sort before words.
_Pre = tuple[int, tuple[tuple[int, int, str], ...]]
_Version = tuple[int, int, int, _Pre]
_RELEASE: Final[_Pre] = (1, ())
_FIRST: Final[_Pre] = (0, ())  # before every pre-release

_NUMBER: Final = r"(?:0|[1-9][0-9]{0,17})"
_TAIL: Final = r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
_VERSION: Final = re.compile(rf"v?({_NUMBER})\.({_NUMBER})\.({_NUMBER}){_TAIL}")
_PART: Final = rf"({_NUMBER}|[xX*])"
_OPERATOR: Final = r"(\^|~|!=|<=|>=|<|>|=)?\s*"
_TERM: Final = re.compile(rf"{_OPERATOR}v?{_PART}(?:\.{_PART}(?:\.{_PART}{_TAIL})?)?(?=[\s,]|$)")


@dataclass(frozen=True, slots=True)
class _Span:
    """From `low` on and before `high`; without an end where `high` is None. All others when excluded."""

    low: _Version
    high: _Version | None
    is_excluded: bool
    names_pre: bool

    def holds(self, version: _Version) -> bool:
        inside = self.low <= version and (self.high is None or version < self.high)
        return inside is not self.is_excluded


def compile_range(text: str) -> Callable[[str], bool]:
    """Compile a range to a test of tags; what is no version is never in it.

    Raises: RangeInvalid.
    """
    sides = [_side(side.strip(), text) for side in text.split("||")]
    if sum(map(len, sides)) > MAX_TERMS:
        raise RangeInvalid(f"it has more than {MAX_TERMS} terms")
    return lambda tag: (version := _parse(tag)) is not None and any(_in(side, version) for side in sides)


def _in(side: list[_Span], version: _Version) -> bool:
    if version[3] != _RELEASE and not any(span.names_pre for span in side):
        return False
    return all(span.holds(version) for span in side)


def _parse(tag: str) -> _Version | None:
    found = _VERSION.fullmatch(tag)
    if found is None:
        return None
    return int(found[1]), int(found[2]), int(found[3]), _pre(found[4])


def _pre(tail: str | None) -> _Pre:
    if tail is None:
        return _RELEASE
    parts = tail.split(".")
    return 0, tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)


def _side(side: str, text: str) -> list[_Span]:
    spans, position = [], 0
    while position < len(side):
        found = _TERM.match(side, position)
        if found is None:
            raise RangeInvalid(f"{side[position:][:40]!r} is no range; write >=1.2 <2, ^1.4 or ~1.2.3")
        spans.append(_span(found[1] or "=", found.groups()[1:]))
        position = found.end()
        while side[position : position + 1] in (" ", ",", "\t", "\n"):
            position += 1
    if not spans:
        raise RangeInvalid(f"a side of {text[:40]!r} is empty; write >=1.2 <2, or * for any version")
    return spans


def _span(operator: str, groups: tuple[str | None, ...]) -> _Span:
    numbers: list[int] = []
    for part in groups[:3]:
        if part is None or part in "xX*":
            break
        numbers.append(int(part))
    tail = groups[3] if len(numbers) == 3 else None
    low = _padded(numbers, _pre(tail) if tail else _RELEASE)
    if operator in ("^", "~"):
        kept = _kept_by_caret(numbers) if operator == "^" else min(2, len(numbers))
        return _Span(low, _after(numbers[:kept]), is_excluded=False, names_pre=bool(tail))
    return _compared(operator, numbers, low, tail)


def _compared(operator: str, numbers: list[int], low: _Version, tail: str | None) -> _Span:
    start: _Version = (0, 0, 0, _FIRST)
    after = _after(numbers) if len(numbers) < 3 else (low[0], low[1], low[2], _next(low[3]))
    below = low if tail else (low[0], low[1], low[2], _FIRST)
    names = bool(tail) and operator != "!="
    if operator == ">":
        return _Span(after or low, None, is_excluded=after is None, names_pre=names)
    if operator == ">=":
        return _Span(low, None, is_excluded=False, names_pre=names)
    if operator == "<":
        return _Span(start, below, is_excluded=False, names_pre=names)
    if operator == "<=":
        return _Span(start, after, is_excluded=False, names_pre=names)
    return _Span(low if numbers else start, after, is_excluded=operator == "!=", names_pre=names)


def _padded(numbers: list[int], pre: _Pre) -> _Version:
    major, minor, patch = (*numbers, 0, 0, 0)[:3]
    return major, minor, patch, pre


def _after(numbers: list[int]) -> _Version | None:
    """The first version after all that begin with these numbers."""
    return _padded([*numbers[:-1], numbers[-1] + 1], _FIRST) if numbers else None


def _next(pre: _Pre) -> _Pre:
    """The smallest thing after: nothing sorts between a version and this."""
    return pre[0], (*pre[1], (-1, 0, ""))


def _kept_by_caret(numbers: list[int]) -> int:
    """^ keeps everything up to the first number that is not zero."""
    return next((at for at, number in enumerate(numbers, 1) if number), len(numbers))
