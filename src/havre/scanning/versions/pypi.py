"""Python versions (PEP 440), and what was a version before that PEP, which comes before all that is one."""

import re
from functools import lru_cache
from typing import Final

from packaging.version import InvalidVersion, Version

_PART: Final = re.compile(r"(\d+|[a-z]+|\.|-)")
_WORDS: Final = {"pre": "c", "preview": "c", "-": "final-", "rc": "c", "dev": "@"}


def compare_pypi(a: str, b: str) -> int:
    """Compare two versions."""
    if a == b:
        return 0
    left, right = _parse(a), _parse(b)
    if isinstance(left, Version) and isinstance(right, Version):
        return (left > right) - (left < right)
    if isinstance(left, tuple) and isinstance(right, tuple):
        return (left > right) - (left < right)
    return 1 if isinstance(left, Version) else -1


@lru_cache(maxsize=65_536)
def _parse(text: str) -> Version | tuple[str, ...]:
    try:
        return Version(text)
    except InvalidVersion:
        return _legacy(text)


def _legacy(text: str) -> tuple[str, ...]:
    """Order as setuptools did before PEP 440: words before numbers, `final` at the end."""
    parts: list[str] = []
    for piece in [*_PART.findall(text.lower()), "final"]:
        part = _WORDS.get(piece, piece)
        if part == ".":
            continue
        part = part.zfill(8) if part[0].isdigit() else f"*{part}"
        if part.startswith("*"):
            if part < "*final":
                while parts and parts[-1] == "*final-":
                    parts.pop()
            while parts and parts[-1] == "00000000":
                parts.pop()
        parts.append(part)
    return tuple(parts)
