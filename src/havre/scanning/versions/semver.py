"""Semantic versions, taken generously: a leading v, any number of numbers. Source: semver.org, section 11."""

import re
from functools import lru_cache
from typing import Final

_VERSION: Final = re.compile(r"[vV]?(\d+(?:\.\d+)*)(?:-?([0-9A-Za-z.-]+))?(?:\+.*)?", re.DOTALL)
_Key = tuple[object, ...]


def compare_semver(a: str, b: str) -> int:
    """Compare two versions; what is built of the same counts as the same."""
    if a == b:
        return 0
    left, right = _key(a), _key(b)
    return (left > right) - (left < right)


@lru_cache(maxsize=65_536)
def _key(text: str) -> _Key:
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        return (0, text)
    numbers = [int(part) for part in found[1].split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    if not found[2]:
        return (1, tuple(numbers), (1,))
    # numbers before words, and fewer identifiers before more
    parts = tuple((0, int(one), "") if one.isdigit() else (1, 0, one) for one in found[2].split("."))
    return (1, tuple(numbers), (0, parts))
