"""Globs of rules: what they match, what they refuse, and that no pattern is slow."""

import time

import pytest

from havre.kernel.globs import MAX_CHARS, GlobInvalid, compile_glob


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("", ["latest", "a/b", ""], []),
        ("**", ["latest", "a/b/c", ""], []),
        ("*", ["latest", "v1.0-rc.1", ""], ["a/b"]),
        ("v1.*", ["v1.", "v1.0"], ["v1", "v2.0", "xv1.0"]),
        ("{latest,4.*}", ["latest", "4.0"], ["3.9", "latest1"]),
        ("a{b,c{d,e}}f", ["abf", "acdf", "acef"], ["acf", "abcdf"]),
        ("{,x}y", ["y", "xy"], ["xxy"]),
        ("v?", ["v1", "vx"], ["v", "v12", "v/"]),
        ("library/**", ["library/a", "library/a/b", "library/"], ["library", "libraryx/a"]),
        ("**/nginx", ["nginx", "a/nginx", "a/b/nginx"], ["xnginx", "a/xnginx", "nginx/a"]),
        ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["az", "a/bz", "ab/z"]),
        ("a/*/z", ["a/b/z"], ["a/z", "a/b/c/z"]),
        ("a**", ["a", "abc"], ["a/b"]),
        ("[a-cx]1", ["a1", "c1", "x1"], ["d1", "1", "ab1"]),
        ("[^a-c]1", ["d1"], ["a1", "/1"]),
        ("[!a]1", ["b1"], ["a1"]),
        ("[{,}]", ["{", ",", "}"], ["a"]),
        (r"[\]a]", ["]", "a"], ["\\"]),
        ("[a-]", ["a", "-"], ["b"]),
        (r"\*", ["*"], ["a"]),
        (r"\{a,b\}", ["{a,b}"], ["a", "b"]),
        ("release-[0-9]*", ["release-1", "release-12.3"], ["release-", "release-x"]),
    ],
)
def test_a_pattern_matches_whole_texts(pattern: str, matching: list[str], others: list[str]) -> None:
    glob = compile_glob(pattern)

    assert [text for text in [*matching, *others] if glob.matches(text)] == matching


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{a,b", "not closed"),
        ("a}", "no opening one"),
        ("[a", "not closed"),
        ("[]", "empty"),
        ("a\\", "backslash"),
        ("{a,b}" * 9, "more than"),
        ("{" * 500 + "}" * 500, "deep"),
        ("a" * (MAX_CHARS + 1), "longer"),
    ],
)
def test_a_pattern_that_says_nothing_is_refused(pattern: str, reason: str) -> None:
    with pytest.raises(GlobInvalid, match=reason):
        compile_glob(pattern)


def test_no_pattern_is_slow() -> None:
    started = time.process_time()

    assert not compile_glob("*a" * 60 + "b").matches("a" * 128)
    assert not compile_glob("**/a/" * 60 + "b").matches("a/" * 120)

    assert time.process_time() - started < 2  # a backtracking matcher takes years
