"""Alpine versions. Source: Alpine wiki, "Package versions"; apk-tools, `doc/apk-package.5`.

The form is digits{.digits}[letter]{_suffix[digits]}{~hash}[-r digits]; what follows behind that is
of no form, and is compared as text unless it follows a hyphen.
"""

import re
from functools import lru_cache
from typing import Final

_VERSION: Final = re.compile(
    r"(?P<numbers>\d+(?:\.\d+)*)(?P<letter>[a-z]?)(?P<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)"
    r"(?P<hash>(?:~[0-9a-f]+)?)(?:-r(?P<revision>\d*))?"
)
_SUFFIX: Final = re.compile(r"_([a-z]+)(\d*)")
_SUFFIXES: Final = {
    name: rank for rank, name in enumerate(("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p"))
}
_NONE: Final = _SUFFIXES[""]
_Parsed = tuple[list[str], str, list[tuple[int, int]], str, int, str]


def compare_apk(a: str, b: str) -> int:
    """Compare two versions."""
    if a == b:
        return 0
    left, right = _parse(a), _parse(b)
    if left is None or right is None:
        if left is None and right is None:
            return (a > b) - (a < b)
        return -1 if left is None else 1
    return _numbers(left[0], right[0]) or _rest(left, right)


@lru_cache(maxsize=65_536)
def _parse(text: str) -> _Parsed | None:
    found = _VERSION.match(text.strip())
    if found is None:
        return None
    suffixes = [(name, int(number or 0)) for name, number in _SUFFIX.findall(found["suffixes"])]
    ranked = [(_SUFFIXES[name], number) for name, number in suffixes]
    return (
        found["numbers"].split("."),
        found["letter"],
        ranked,
        found["hash"],
        int(found["revision"] or 0),
        _tail(text.strip(), found),
    )


def _numbers(left: list[str], right: list[str]) -> int:
    for at in range(min(len(left), len(right))):
        one, other = left[at], right[at]
        if at and (one[0] == "0" or other[0] == "0"):  # a part behind a point is then a fraction
            found = (one > other) - (one < other)
        else:
            found = (int(one) > int(other)) - (int(one) < int(other))
        if found:
            return found
    return (len(left) > len(right)) - (len(left) < len(right))


def _rest(left: _Parsed, right: _Parsed) -> int:
    if left[1] != right[1]:
        return 1 if left[1] > right[1] else -1
    for at in range(max(len(left[2]), len(right[2]))):
        one = left[2][at] if at < len(left[2]) else (_NONE, 0)
        other = right[2][at] if at < len(right[2]) else (_NONE, 0)
        if one != other:
            return 1 if one > other else -1
    if left[3:5] != right[3:5]:
        return 1 if left[3:5] > right[3:5] else -1
    if not left[5] or not right[5]:
        return bool(right[5]) - bool(left[5])
    return (left[5] > right[5]) - (left[5] < right[5])


def _tail(text: str, found: re.Match[str]) -> str:
    rest = text[found.end() :]
    return "-" if rest and (rest[0] == "-" or found["revision"] is not None) else rest
