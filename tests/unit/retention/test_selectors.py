"""Selectors: what each kind and decoration selects, and what is refused with which words."""

import subprocess
import sys
import time

import pytest

from havre.retention import Candidate, Selector, compile_selector, describe
from havre.retention.errors import SelectorInvalid
from havre.retention.selectors import MAX_CHARS

TAGGED = Candidate("nginx", ("v1.0", "latest"), frozenset({"stable", "signed"}), "demo")
UNTAGGED = Candidate("nginx")


def _selects(selector: Selector, candidate: Candidate = TAGGED) -> bool:
    return compile_selector(selector).selects(candidate)


@pytest.mark.parametrize(
    ("kind", "decoration", "pattern", "expected"),
    [
        ("doublestar", "matches", "v*", True),
        ("doublestar", "matches", "", True),
        ("doublestar", "matches", "x*", False),
        ("doublestar", "excludes", "v*", True),  # latest does not match
        ("doublestar", "excludes", "{v*,latest}", False),
        ("doublestar", "repoMatches", "ng*", True),
        ("doublestar", "repoMatches", "demo/nginx", False),
        ("doublestar", "repoExcludes", "ng*", False),
        ("doublestar", "repoExcludes", "x", True),
        ("doublestar", "nsMatches", "demo", True),
        ("doublestar", "nsExcludes", "demo", False),
        ("regex", "matches", r"v\d\.\d", True),
        ("regex", "matches", "v", False),  # the whole text
        ("regex", "matches", "", True),
        ("regex", "excludes", "v.*|latest", False),
        ("regex", "repoMatches", "(?i)NGINX", True),
        ("semver", "matches", "*", False),
        ("label", "withLabels", "stable, signed", True),
        ("label", "withLabels", "stable,other", False),
        ("label", "withoutLabels", "other", True),
        ("label", "withoutLabels", "other,stable", False),
    ],
)
def test_a_selector_selects_what_its_words_say(
    kind: str, decoration: str, pattern: str, *, expected: bool
) -> None:
    assert _selects(Selector(kind, decoration, pattern)) is expected


def test_versions_are_selected_by_range() -> None:
    candidate = Candidate("nginx", ("v1.4.2", "latest"))

    assert _selects(Selector("semver", "matches", "^1.2"), candidate)
    assert _selects(Selector("semver", "excludes", "^1.2"), candidate)  # latest is no version
    assert not _selects(Selector("semver", "matches", "^2"), candidate)


@pytest.mark.parametrize("kind", ["doublestar", "regex"])
@pytest.mark.parametrize(
    ("decoration", "extras", "expected"),
    [
        ("matches", "", True),
        ("excludes", "", False),
        ("matches", "{}", True),
        ("matches", '{"untagged": false}', False),
        ("excludes", '{"untagged": true, "more": 1}', True),
    ],
)
def test_extras_decide_about_artifacts_without_tags(
    kind: str, decoration: str, extras: str, *, expected: bool
) -> None:
    assert _selects(Selector(kind, decoration, "x", extras), UNTAGGED) is expected


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        (
            Selector("glob", "matches", "*"),
            "kind 'glob' is unknown: write doublestar, regex, semver or label",
        ),
        (Selector("doublestar", "contains", "*"), "decoration 'contains' does not go with kind doublestar"),
        (Selector("semver", "repoMatches", "1"), "write matches or excludes"),
        (Selector("label", "matches", "a"), "write withLabels or withoutLabels"),
        (Selector("doublestar", "matches", "[a"), "pattern of a doublestar selector is wrong: a class is"),
        (Selector("regex", "matches", "(a"), "pattern of a regex selector is wrong: missing \\)"),
        (Selector("regex", "matches", "(?=a)b"), "invalid perl operator"),
        (Selector("regex", "matches", "((a{100}){100}){100}"), "invalid repetition"),
        (Selector("regex", "matches", r"(\pL{500}\PN{500})" * 50), "too large"),
        (Selector("regex", "matches", "\ud800"), "half a character"),
        (Selector("semver", "matches", "newest"), "write >=1.2 <2"),
        (Selector("label", "withLabels", "a,,b"), "lacks a name"),
        (Selector("label", "withoutLabels", ""), "lacks a name"),
        (Selector("doublestar", "matches", "a" * (MAX_CHARS + 1)), "longer than 1024"),
        (Selector("doublestar", "matches", "*", "{"), 'write {"untagged": true}'),
        (Selector("doublestar", "matches", "*", "[]"), "extras"),
        (Selector("doublestar", "matches", "*", '{"untagged": "yes"}'), "extras"),
        (Selector("doublestar", "matches", "*", "[" * 100_000), "extras"),
    ],
)
def test_a_selector_without_sense_is_refused_with_what_to_write(selector: Selector, said: str) -> None:
    with pytest.raises(SelectorInvalid) as refused:
        compile_selector(selector)

    assert said.replace("\\", "") in str(refused.value)


def test_no_expression_is_slow() -> None:
    evil = compile_selector(Selector("regex", "matches", "(a*)*(a|aa)+$x"))
    started = time.perf_counter()

    assert not evil.selects(Candidate("r", ("a" * 128,)))
    assert time.perf_counter() - started < 1  # a backtracking engine needs longer than the universe has


def test_the_library_is_imported_with_the_first_expression() -> None:
    code = (
        "import sys; from havre.retention import *; assert 're2' not in sys.modules; "
        "compile_selector(Selector('regex', 'matches', 'a')); assert 're2' in sys.modules"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("selector", "said"),
    [
        (Selector("doublestar", "matches", "v*"), "tags matching v*"),
        (Selector("doublestar", "repoExcludes", ""), "repositories not matching **"),
        (Selector("regex", "excludes", "v.*"), "tags not matching v.* (regex)"),
        (Selector("label", "withLabels", "a,b"), "artifacts labelled a,b (label)"),
    ],
)
def test_a_selector_is_described_in_words(selector: Selector, said: str) -> None:
    assert describe(selector) == said
