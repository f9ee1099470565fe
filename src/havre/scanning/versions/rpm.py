"""RPM versions, `[epoch:]version[-release]`. Source: rpm-version(7); rpmvercmp's rules for ~ and ^."""

import re
from typing import Final

_SEGMENT: Final = re.compile(r"[0-9]+|[a-zA-Z]+|~|\^")


def compare_rpm(a: str, b: str) -> int:
    """Compare two versions; one without a release is before those that have one."""
    if a == b:
        return 0
    left, right = _evr(a), _evr(b)
    for one, other in zip(left[:2], right[:2], strict=True):
        found = _compare(one, other)
        if found:
            return found
    if left[2] is None or right[2] is None:
        return (right[2] is None) - (left[2] is None)
    return _compare(left[2], right[2])


def _evr(text: str) -> tuple[str, str, str | None]:
    epoch, colon, rest = text.strip().partition(":")
    if not colon:
        epoch, rest = "0", text.strip()
    version, hyphen, release = rest.partition("-")
    return epoch, version, release if hyphen else None


def _compare(a: str, b: str) -> int:
    left, right = _SEGMENT.findall(a), _SEGMENT.findall(b)
    for at in range(max(len(left), len(right))):
        one = left[at] if at < len(left) else ""
        other = right[at] if at < len(right) else ""
        if one == other:
            continue
        for mark, of_end in (("~", 1), ("^", -1)):  # a tilde is before the end, a caret after it
            if mark in (one, other):
                return _marked(mark, of_end, one, other)
        if not one or not other:
            return 1 if one else -1
        if one[0].isdigit() != other[0].isdigit():
            return 1 if one[0].isdigit() else -1
        found = _segment(one, other)
        if found:
            return found
    return 0


def _marked(mark: str, of_end: int, one: str, other: str) -> int:
    if mark == "~":
        return -1 if one == "~" else 1
    if not one or not other:
        return of_end if not one else -of_end
    return -1 if one == "^" else 1


def _segment(one: str, other: str) -> int:
    if one[0].isdigit():
        left, right = int(one), int(other)
        return (left > right) - (left < right)
    return (one > other) - (one < other)
