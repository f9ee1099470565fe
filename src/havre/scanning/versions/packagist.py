"""Composer's versions, by the rules of PHP's version_compare. Source: the PHP manual, "version_compare"."""

import re
from functools import lru_cache
from typing import Final

_EDGE: Final = re.compile(r"(?<=\d)(?=[^\d.])|(?<=[^\d.])(?=\d)")
_JOINT: Final = re.compile(r"[-_+]")
# By how a word begins, the first that fits; any other is before all of them. A number is "#", as the end is.
_RANKS: Final = (
    *(("dev", 0), ("alpha", 1), ("a", 1), ("beta", 2), ("b", 2), ("RC", 3), ("rc", 3)),
    *(("#", 4), ("pl", 5), ("p", 5)),
)
_NUMBER: Final = 4


def compare_packagist(a: str, b: str) -> int:
    """Compare two versions."""
    if a == b:
        return 0
    left, right = _parts(a), _parts(b)
    for one, other in zip(left, right, strict=False):
        if one.isdigit() and other.isdigit():
            found = (int(one) > int(other)) - (int(one) < int(other))
        else:
            found = (_rank(one) > _rank(other)) - (_rank(one) < _rank(other))
        if found:
            return found
    if len(left) == len(right):
        return 0
    rest = left[len(right) :] or right[len(left) :]
    found = next((one for one in map(_beside_end, rest) if one), 0)
    return found if len(left) > len(right) else -found


def _beside_end(part: str) -> int:
    return 1 if part.isdigit() else (_rank(part) > _NUMBER) - (_rank(part) < _NUMBER)


def _rank(part: str) -> int:
    if part.isdigit():
        return _NUMBER
    return next((rank for name, rank in _RANKS if part.startswith(name)), -1)


@lru_cache(maxsize=65_536)
def _parts(text: str) -> tuple[str, ...]:
    plain = _EDGE.sub(".", _JOINT.sub(".", text.strip().removeprefix("v").removeprefix("V")))
    return tuple(part for part in plain.split(".") if part)
