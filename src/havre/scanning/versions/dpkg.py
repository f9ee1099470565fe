"""Debian versions, `[epoch:]upstream[-revision]`. Source: deb-version(7), "Sorting algorithm"."""

import re
from functools import lru_cache
from typing import Final

_PARTS: Final = re.compile(r"(\D*)(\d*)")
_Key = tuple[object, ...]


def compare_dpkg(a: str, b: str) -> int:
    """Compare two versions."""
    if a == b:
        return 0
    left, right = _key(a), _key(b)
    return (left > right) - (left < right)


@lru_cache(maxsize=65_536)
def _key(text: str) -> _Key:
    epoch, colon, rest = text.strip().partition(":")
    if not colon or not epoch.isdigit():
        epoch, rest = "0", text.strip()
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "")
    return (int(epoch), _runs(upstream), _runs(revision or "0"))


def _runs(text: str) -> tuple[tuple[tuple[int, ...], int], ...]:
    """Cut into pairs of a run of others, 0 at its end, and the number behind it; the end is an empty pair."""
    pairs = [
        ((*(_weight(char) for char in others), 0), int(digits or 0))
        for others, digits in _PARTS.findall(text)
        if others or digits
    ]
    return (*pairs, ((0,), 0))


def _weight(char: str) -> int:
    # a tilde before the end, the end before letters, letters before everything else
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 0x200000
