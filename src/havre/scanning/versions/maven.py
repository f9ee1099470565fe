"""Maven's versions. Source: Maven's POM reference, "Version Order Specification"."""

import re
from functools import lru_cache
from itertools import zip_longest
from typing import Final

_TOKEN: Final = re.compile(r"([.-]?)(\d+|[^\d.-]+|(?=[.-]))")
_WORDS: Final = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_ALIASES: Final = {"ga": "", "final": "", "release": "", "cr": "rc"}
_LETTERS: Final = {"a": "alpha", "b": "beta", "m": "milestone"}
_Item = tuple[str, str]  # what stands before it, and itself


def compare_maven(a: str, b: str) -> int:
    """Compare two versions."""
    if a == b:
        return 0
    for one, other in zip_longest(_items(a), _items(b)):
        found = _compare(one, other)
        if found:
            return found
    return 0


@lru_cache(maxsize=65_536)
def _items(text: str) -> tuple[_Item, ...]:
    found: list[_Item] = []
    is_after_digits: bool | None = None
    tokens = _TOKEN.findall(text.strip().lower())
    for at, (mark, word) in enumerate(tokens):
        is_digits = word.isdigit()
        separator = mark
        if not mark:
            separator = "" if is_after_digits is None else "-"  # where digits and letters meet
        token = word or "0"
        if not is_digits and word:
            follows_digits = at + 1 < len(tokens) and not tokens[at + 1][0] and tokens[at + 1][1].isdigit()
            token = _LETTERS.get(word, word) if follows_digits else word
            token = _ALIASES.get(token, token)
        found.append((separator or ".", str(int(token)) if token.isdigit() else token))
        is_after_digits = is_digits
    return tuple(_trimmed(found))


def _trimmed(items: list[_Item]) -> list[_Item]:
    """Take nulls off the end, and off the end of what stands before each hyphen."""
    kept: list[_Item] = []
    for at, item in enumerate(items):
        if item[0] == "-" or at == len(items):
            while kept and kept[-1][1] in ("0", ""):
                kept.pop()
        kept.append(item)
    while kept and kept[-1][1] in ("0", ""):
        kept.pop()
    return kept


def _compare(one: _Item | None, other: _Item | None) -> int:
    left, right = _padded(one, other), _padded(other, one)
    if left == right:
        return 0
    if left[1].isdigit() and right[1].isdigit() and left[0] == right[0]:
        return 1 if int(left[1]) > int(right[1]) else -1
    ranks = _rank(left), _rank(right)
    if ranks[0] != ranks[1]:
        return 1 if ranks[0] > ranks[1] else -1
    if left[1].isdigit():
        return 1 if int(left[1]) > int(right[1]) else -1
    if left[0] != right[0]:
        return 1 if left[0] == "-" else -1
    words = _word(left[1]), _word(right[1])
    return (words[0] > words[1]) - (words[0] < words[1])


def _padded(item: _Item | None, by: _Item | None) -> _Item:
    if item is not None:
        return item
    assert by is not None
    return (by[0], "0" if by[1].isdigit() else "")


def _rank(item: _Item) -> int:
    """Order kinds: words, then -number, then .number."""
    if item[1].isdigit():
        return 2 if item[0] == "." else 1
    return 0


def _word(text: str) -> tuple[int, str]:
    return (_WORDS.index(text), "") if text in _WORDS else (len(_WORDS), text)
