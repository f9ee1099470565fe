r"""The grammar of `q=`: what a list is narrowed to. Pure; what a key means is its list's affair.

    q=k=v,k=~v,k=[min~max],k={a b},k=(a b)

    k=v         exactly v; a leading \ makes the rest plain text
    k=~v        contains v
    k=[a~b]     from a to b, either may be empty
    k={a b}     any of
    k=(a b)     all of

The whole text is percent-decoded once more. A value cannot hold a comma.
Source: reference/harbor.md section 2 (Harbor's lib/q/builder.go).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote_plus

from havre.kernel.errors import Invalid

_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9a-fA-F]{2})")
_LONGEST: Final = 4096


class QueryInvalid(Invalid):
    """The text behind q= does not follow the grammar."""


@dataclass(frozen=True, slots=True)
class Exact:
    """The value is this."""

    text: str


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """The value contains this."""

    text: str


@dataclass(frozen=True, slots=True)
class Range:
    """The value lies between; None is open."""

    low: str | None
    high: str | None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The value is one of these."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """The value holds all of these."""

    texts: tuple[str, ...]


Term = Exact | Fuzzy | Range | AnyOf | AllOf


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked, by key."""

    terms: Mapping[str, Term]

    def exact(self, key: str) -> str | None:
        """Get the text of `k=v`; None when the key is absent or of another form."""
        term = self.terms.get(key)
        return term.text if isinstance(term, Exact) else None

    def fuzzy(self, key: str) -> str | None:
        """Get the text of `k=~v`; None when the key is absent or of another form."""
        term = self.terms.get(key)
        return term.text if isinstance(term, Fuzzy) else None

    def text(self, key: str) -> str | None:
        """Get the text of `k=v` or `k=~v`, for lists that know one way to compare."""
        return self.exact(key) or self.fuzzy(key)

    def texts(self, key: str) -> tuple[str, ...]:
        """Get the values of `k=v` or `k={a b}`; empty when the key is absent."""
        term = self.terms.get(key)
        if isinstance(term, Exact):
            return (term.text,)
        return term.texts if isinstance(term, AnyOf) else ()

    def all_of(self, key: str) -> tuple[str, ...]:
        """Get the values of `k=v` or `k=(a b)`; empty when the key is absent."""
        term = self.terms.get(key)
        if isinstance(term, Exact):
            return (term.text,)
        return term.texts if isinstance(term, AllOf) else ()

    def moments(self, key: str) -> tuple[datetime | None, datetime | None]:
        """Get the ends of a range of times, or one time as both.

        Raises: QueryInvalid when an end is no time.
        """
        term = self.terms.get(key)
        if isinstance(term, Range):
            return _moment(key, term.low), _moment(key, term.high)
        if isinstance(term, Exact):
            moment = _moment(key, term.text)
            return moment, moment
        return None, None


def parse_query(text: str) -> Query:
    """Read what stands behind `q=`.

    Raises: QueryInvalid.
    """
    if len(text) > _LONGEST:
        raise QueryInvalid(f"q is longer than {_LONGEST} characters")
    if _BROKEN_ESCAPE.search(text):
        raise QueryInvalid("q holds a % that begins no percent-encoding: write %25")
    decoded = unquote_plus(text)
    terms: dict[str, Term] = {}
    for pair in decoded.split(",") if decoded else ():
        key, equals, value = pair.partition("=")
        key = key.strip()
        if not equals or not key or not value or "\0" in value:
            raise QueryInvalid(f"q has {pair[:80]!r}, which is not of the form key=value")
        terms[key] = _term(key, value.strip())
    return Query(terms)


def _term(key: str, value: str) -> Term:
    if value.startswith("\\"):
        return Exact(value[1:])
    if value.startswith("~"):
        return Fuzzy(value[1:])
    if value.startswith("["):
        return _range(key, value)
    if value.startswith("{"):
        return AnyOf(_list(key, value, "}"))
    if value.startswith("("):
        return AllOf(_list(key, value, ")"))
    return Exact(_unquoted(value))


def _range(key: str, value: str) -> Range:
    low, tilde, high = value[1:-1].partition("~")
    if not value.endswith("]") or not tilde or "~" in high:
        raise QueryInvalid(f"the range of {key[:40]} in q is not of the form [min~max]")
    return Range(_unquoted(low.strip()) or None, _unquoted(high.strip()) or None)


def _list(key: str, value: str, closing: str) -> tuple[str, ...]:
    if not value.endswith(closing) or len(value) < 2:
        raise QueryInvalid(f"the list of {key[:40]} in q does not end with {closing}")
    return tuple(_unquoted(word) for word in value[1:-1].split())


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"" else text


def _moment(key: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise QueryInvalid(
            f"{key[:40]} in q needs times such as 2026-01-31T12:00:00, not {text[:40]!r}"
        ) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
