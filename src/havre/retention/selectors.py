"""Selectors: which artifacts, repositories or projects a rule is about. Pure.

    kind         decoration                          pattern
    doublestar   matches excludes                    a glob (kernel/globs): release-*, {latest,4.*}
    regex        repoMatches repoExcludes            an RE2 expression, of the whole text: v\\d+
                 nsMatches nsExcludes
    semver       matches excludes                    ranges (retention/versions): >=1.2 <2, ^1.4
    label        withLabels withoutLabels            names of labels, by comma: all of them, none of them

`matches` selects an artifact when any of its tags matches, `excludes` when any does not. One without tags is
selected as `extras` says, {"untagged": true}; by default `matches` selects it and `excludes` does not.
Source: Harbor's selectors (doublestar), which know one kind only.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from havre.kernel.globs import GlobInvalid, compile_glob
from havre.retention.errors import SelectorInvalid
from havre.retention.regexes import RegexInvalid, compile_regex
from havre.retention.versions import RangeInvalid, compile_range

DOUBLESTAR: Final = "doublestar"
MAX_CHARS: Final = 1024
MATCHES: Final = "matches"
EXCLUDES: Final = "excludes"
REPO_MATCHES: Final = "repoMatches"
REPO_EXCLUDES: Final = "repoExcludes"
WITH_LABELS: Final = "withLabels"
WITHOUT_LABELS: Final = "withoutLabels"

_Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Selector:
    """A selector as its author wrote it."""

    kind: str
    decoration: str
    pattern: str
    extras: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a selector looks at: an artifact, or one tag of it. `repository` goes without its project."""

    repository: str
    tags: tuple[str, ...] = ()
    labels: frozenset[str] = frozenset()
    project: str = ""


@dataclass(frozen=True, slots=True)
class CompiledSelector:
    """A selector that was found to make sense; make it with `compile_selector`."""

    selector: Selector
    _choose: Callable[[Candidate], bool]

    def selects(self, candidate: Candidate) -> bool:
        """Say whether the selector is about the candidate."""
        return self._choose(candidate)


@lru_cache(maxsize=512)
def compile_selector(selector: Selector) -> CompiledSelector:
    """Compile a selector.

    Raises: SelectorInvalid.
    """
    if len(selector.pattern) > MAX_CHARS:
        raise SelectorInvalid(f"a selector's pattern is longer than {MAX_CHARS} characters")
    if selector.kind not in _DECORATIONS:
        raise SelectorInvalid(f"kind {_shown(selector.kind)} is unknown: write {_either(*_DECORATIONS)}")
    if selector.decoration not in _DECORATIONS[selector.kind]:
        raise SelectorInvalid(
            f"decoration {_shown(selector.decoration)} does not go with kind {selector.kind}: "
            f"write {_either(*_DECORATIONS[selector.kind])}"
        )
    return CompiledSelector(selector, _chooser(selector))


def describe(selector: Selector) -> str:
    """Say in a few words what the selector is about: "tags matching v*"."""
    saying = f"{_SAID[selector.decoration]} {selector.pattern or '**'}"
    return saying if selector.kind == DOUBLESTAR else f"{saying} ({selector.kind})"


def _chooser(selector: Selector) -> Callable[[Candidate], bool]:
    decoration, pattern = selector.decoration, selector.pattern
    if selector.kind == "label":
        return _by_labels(frozenset(_names(pattern)), wanted=decoration == WITH_LABELS)
    test = _compiled(selector.kind, pattern)
    if decoration in (MATCHES, EXCLUDES):
        untagged = _untagged(selector.extras, default=decoration == MATCHES)
        return _by_tags(test, expected=decoration == MATCHES, untagged=untagged)
    expected = decoration.endswith("Matches")
    if decoration.startswith("repo"):
        return lambda candidate: test(candidate.repository) is expected
    return lambda candidate: test(candidate.project) is expected


def _compiled(kind: str, pattern: str) -> _Test:
    try:
        return _COMPILERS[kind](pattern)
    except (GlobInvalid, RangeInvalid, RegexInvalid) as error:
        raise SelectorInvalid(f"the pattern of a {kind} selector is wrong: {error}") from error


def _by_tags(test: _Test, *, expected: bool, untagged: bool) -> Callable[[Candidate], bool]:
    def choose(candidate: Candidate) -> bool:
        if not candidate.tags:
            return untagged
        return any(test(tag) is expected for tag in candidate.tags)

    return choose


def _by_labels(labels: frozenset[str], *, wanted: bool) -> Callable[[Candidate], bool]:
    if wanted:
        return lambda candidate: labels <= candidate.labels
    return lambda candidate: not labels & candidate.labels


def _names(pattern: str) -> list[str]:
    names = [name.strip() for name in pattern.split(",")]
    if not all(names):
        raise SelectorInvalid("the pattern of a label selector lacks a name: write stable,signed")
    return names


def _untagged(extras: str, *, default: bool) -> bool:
    if not extras.strip():
        return default
    try:
        found = json.loads(extras)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not isinstance(value := found.get("untagged", default), bool):
        raise SelectorInvalid(f'extras {_shown(extras)} of a selector are wrong: write {{"untagged": true}}')
    return value


def _shown(text: str) -> str:
    return repr(text[:80])


def _either(*words: str) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


_OF_TAGS: Final = (MATCHES, EXCLUDES)
_OF_TEXTS: Final = (*_OF_TAGS, REPO_MATCHES, REPO_EXCLUDES, "nsMatches", "nsExcludes")
_DECORATIONS: Final = {
    DOUBLESTAR: _OF_TEXTS,
    "regex": _OF_TEXTS,
    "semver": _OF_TAGS,
    "label": (WITH_LABELS, WITHOUT_LABELS),
}
_COMPILERS: Final[dict[str, Callable[[str], _Test]]] = {
    DOUBLESTAR: lambda pattern: compile_glob(pattern).matches,
    "regex": compile_regex,
    "semver": compile_range,
}
_SAID: Final = {
    MATCHES: "tags matching",
    EXCLUDES: "tags not matching",
    REPO_MATCHES: "repositories matching",
    REPO_EXCLUDES: "repositories not matching",
    "nsMatches": "projects matching",
    "nsExcludes": "projects not matching",
    WITH_LABELS: "artifacts labelled",
    WITHOUT_LABELS: "artifacts not labelled",
}
