"""RubyGems versions. Source: the documentation of Gem::Version."""

import re
from functools import lru_cache
from typing import Final

_SEGMENT: Final = re.compile(r"[0-9]+|[a-z]+", re.IGNORECASE)
_Segment = int | str


def compare_gem(a: str, b: str) -> int:
    """Compare two versions: a word is before any number, and before the end."""
    if a == b:
        return 0
    left, right = _segments(a), _segments(b)
    for at in range(max(len(left), len(right))):
        one: _Segment = left[at] if at < len(left) else 0
        other: _Segment = right[at] if at < len(right) else 0
        if one == other:
            continue
        if isinstance(one, int) and isinstance(other, int):
            return 1 if one > other else -1
        if isinstance(one, str) and isinstance(other, str):
            return 1 if one > other else -1
        return 1 if isinstance(one, int) else -1
    return 0


@lru_cache(maxsize=65_536)
def _segments(text: str) -> tuple[_Segment, ...]:
    found: list[_Segment] = [
        int(one) if one.isdigit() else one for one in _SEGMENT.findall(text.replace("-", ".pre."))
    ]
    split = next((at for at, one in enumerate(found) if isinstance(one, str)), len(found))
    head, tail = found[:split], found[split:]
    while head and head[-1] == 0:
        head.pop()
    while tail and tail[-1] == 0:
        tail.pop()
    return (*head, *tail)
