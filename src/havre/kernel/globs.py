"""Glob patterns as Harbor's rules write them (bmatcuk/doublestar v1), matched in time linear in the text.

    *        any characters but a slash          ?        one character but a slash
    **       as a whole segment: any segments    [a-c^x]  one character of a class; [^a] or [!a]: not of it
    {a,b}    one of the alternatives             \\x       x itself

A pattern always describes the whole text. Regular expressions would be shorter to write, and twenty stars in
a rule would keep them busy for years.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Final

MAX_ALTERNATIVES: Final = 256
MAX_CHARS: Final = 1024
MAX_DEPTH: Final = 16


class GlobInvalid(ValueError):
    """Raised for a pattern that says nothing; its text says why, for people."""


@dataclass(frozen=True, slots=True)
class _One:
    """One character: of `chars` and `ranges`, or any other one when inverted; never a slash then."""

    chars: str = ""
    ranges: tuple[tuple[str, str], ...] = ()
    is_inverted: bool = False

    @property
    def is_plain(self) -> bool:
        return len(self.chars) == 1 and not self.ranges and not self.is_inverted

    def fits(self, char: str) -> bool:
        found = char in self.chars or any(low <= char <= high for low, high in self.ranges)
        return char != "/" and not found if self.is_inverted else found


@dataclass(frozen=True, slots=True)
class _Many:
    """Any number of characters; of segments when `crosses` slashes."""

    crosses: bool


_Token = _One | _Many
_ANY: Final = _One(is_inverted=True)
_STAR: Final = _Many(crosses=False)
_SEGMENTS: Final = _Many(crosses=True)


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern; make it with `compile_glob`."""

    pattern: str
    _alternatives: tuple["_Alternative", ...]

    def matches(self, text: str) -> bool:
        """Say whether the whole text fits."""
        return any(alternative.fits(text) for alternative in self._alternatives)


@dataclass(frozen=True, slots=True)
class _Alternative:
    """A pattern without braces: plain characters, then the rest. Most are `v1.*`, and need no walk."""

    prefix: str
    rest: tuple[_Token, ...]

    def fits(self, text: str) -> bool:
        if not text.startswith(self.prefix):
            return False
        start = len(self.prefix)
        if not self.rest:
            return len(text) == start
        if self.rest == (_STAR,):
            return text.find("/", start) < 0
        return _fits(self.rest, text[start:], at_segment=self.prefix[-1:] in ("", "/"))


@lru_cache(maxsize=512)
def compile_glob(pattern: str) -> Glob:
    """Compile a pattern; an empty one matches everything, as Harbor has it.

    Raises: GlobInvalid.
    """
    if len(pattern) > MAX_CHARS:
        raise GlobInvalid(f"the pattern is longer than {MAX_CHARS} characters")
    plain = _alternatives(pattern or "**")
    return Glob(pattern, tuple(_alternative(tuple(_tokens(alternative))) for alternative in plain))


def _alternative(tokens: tuple[_Token, ...]) -> _Alternative:
    plain = list(takewhile(lambda one: isinstance(one, _One) and one.is_plain, tokens))
    prefix = "".join(one.chars for one in plain if isinstance(one, _One))
    return _Alternative(prefix, tokens[len(plain) :])


def _alternatives(pattern: str, depth: int = 0) -> list[str]:
    """Write out the braces, outermost first."""
    if depth > MAX_DEPTH:
        raise GlobInvalid(f"the braces are nested more than {MAX_DEPTH} deep")
    opened = _find(pattern, 0, "{")
    if opened is None:
        if _find(pattern, 0, "}") is not None:
            raise GlobInvalid(
                f"a closing brace has no opening one in {pattern!r}; write \\}} for the character"
            )
        return [pattern]
    parts, end = _parts(pattern, opened)
    tails = _alternatives(pattern[end:], depth)
    found = [
        pattern[:opened] + middle + tail
        for part in parts
        for middle in _alternatives(part, depth + 1)
        for tail in tails
    ]
    if len(found) > MAX_ALTERNATIVES:
        raise GlobInvalid(f"the braces of {pattern!r} stand for more than {MAX_ALTERNATIVES} patterns")
    return found


def _parts(pattern: str, opened: int) -> tuple[list[str], int]:
    """Split what the brace at `opened` holds at its own commas; also return where the rest begins."""
    parts, start, depth = [], opened + 1, 0
    after = start
    while (position := _find(pattern, after, "{},")) is not None:
        sign, after = pattern[position], position + 1
        if sign == "{":
            depth += 1
        elif sign == "}" and depth:
            depth -= 1
        elif not depth:
            parts.append(pattern[start:position])
            start = after
            if sign == "}":
                return parts, start
    raise GlobInvalid(f"a brace is not closed in {pattern!r}; write \\{{ for the character")


def _find(pattern: str, start: int, signs: str) -> int | None:
    """Find the next of the signs that is neither escaped nor in a class."""
    position = start
    while position < len(pattern):
        if pattern[position] in signs:
            return position
        if pattern[position] == "[":
            position = _class(pattern, position)[1]
        else:
            position += 2 if pattern[position] == "\\" else 1
    return None


def _tokens(pattern: str) -> Iterator[_Token]:
    position = 0
    while position < len(pattern):
        sign = pattern[position]
        if sign == "\\":
            if position + 1 == len(pattern):
                raise GlobInvalid(f"nothing follows the last backslash of {pattern!r}")
            yield _One(pattern[position + 1])
            position += 2
        elif sign == "[":
            one, position = _class(pattern, position)
            yield one
        elif sign == "*":
            end = position + 1
            while pattern[end : end + 1] == "*":
                end += 1
            is_whole = pattern[position - 1 : position] in ("", "/") and pattern[end : end + 1] in ("", "/")
            if end - position >= 2 and is_whole:
                yield _SEGMENTS
                end += pattern[end : end + 1] == "/"  # its slash is one of the segments' own
            else:
                yield _STAR
            position = end
        else:
            yield _ANY if sign == "?" else _One(sign)
            position += 1


def _class(pattern: str, opened: int) -> tuple[_One, int]:
    """Read the class at `opened`; also return where the rest begins."""
    position = opened + 1
    is_inverted = pattern[position : position + 1] in ("^", "!")
    position += is_inverted
    chars, ranges = "", []
    while position < len(pattern) and pattern[position] != "]":
        position += pattern[position] == "\\"
        low = pattern[position : position + 1]
        if pattern[position + 1 : position + 2] == "-" and pattern[position + 2 : position + 3] not in (
            "",
            "]",
        ):
            position += 2 + (pattern[position + 2] == "\\")
            ranges.append((low, pattern[position : position + 1]))
        else:
            chars += low
        position += 1
    if position >= len(pattern) or not (chars or ranges):
        raise GlobInvalid(f"a class is empty or not closed in {pattern!r}; write \\[ for the character")
    return _One(chars, tuple(ranges), is_inverted), position + 1


def _fits(tokens: tuple[_Token, ...], text: str, *, at_segment: bool) -> bool:
    """Walk the text once with the set of all places in the pattern that it may have come to."""
    places = _open({0}, tokens, at_segment=at_segment)
    for char in text:
        reached = set()
        for place in places:
            token = tokens[place] if place < len(tokens) else None
            if isinstance(token, _One) and token.fits(char):
                reached.add(place + 1)
            elif isinstance(token, _Many) and (token.crosses or char != "/"):
                reached.add(place)
        places = _open(reached, tokens, at_segment=char == "/")
        if not places:
            return False
    return len(tokens) in _open(places, tokens, at_segment=True)


def _open(places: set[int], tokens: tuple[_Token, ...], *, at_segment: bool) -> set[int]:
    """Add the places after each wildcard that may end here: `**` ends only between segments."""
    found, left = set(places), list(places)
    while left:
        place = left.pop()
        token = tokens[place] if place < len(tokens) else None
        if isinstance(token, _Many) and (at_segment or not token.crosses) and place + 1 not in found:
            found.add(place + 1)
            left.append(place + 1)
    return found
