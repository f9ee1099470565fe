"""Ranges of versions: which tags are in them, what they refuse, and their order."""

import pytest

from havre.retention.versions import MAX_TERMS, RangeInvalid, compile_range


@pytest.mark.parametrize(
    ("text", "inside", "others"),
    [
        (
            "*",
            ["0.0.0", "v1.2.3", "10.20.30"],
            ["latest", "1.2", "v1", "1.2.3-rc.1", "1.2.3.4", "01.2.3", ""],
        ),
        (">=1.2 <2", ["1.2.0", "1.99.0"], ["1.1.9", "2.0.0", "2.0.0-rc.1", "1.5.0-rc.1"]),
        (">=1.2,<2", ["1.2.0"], ["2.0.0"]),
        (">= 1.2.3", ["1.2.3", "1.2.4"], ["1.2.2"]),
        ("^1.4", ["1.4.0", "1.9.9"], ["1.3.9", "2.0.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.2.2", "0.3.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4", "0.0.2"]),
        ("^0.0", ["0.0.9"], ["0.1.0"]),
        ("^0", ["0.9.0"], ["1.0.0"]),
        ("^1.2.3", ["1.2.3"], ["1.2.2", "2.0.0"]),
        ("~1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("~1.2", ["1.2.0"], ["1.3.0"]),
        ("~1", ["1.9.0"], ["2.0.0"]),
        ("1.2", ["1.2.0", "1.2.9"], ["1.3.0", "1.1.9"]),
        ("1.x || v3.1.x", ["1.9.0", "3.1.5"], ["2.0.0", "3.2.0"]),
        ("=1.2.3", ["1.2.3", "v1.2.3"], ["1.2.4", "1.2.3-rc.1"]),
        ("1.2.3", ["1.2.3"], ["1.2.4"]),
        ("!=1.2.3", ["1.2.4", "1.2.2"], ["1.2.3"]),
        (">=1 !=1.5", ["1.4.9", "1.6.0"], ["1.5.0", "1.5.9"]),
        (">1.2", ["1.3.0"], ["1.2.9"]),
        (">1.2.3", ["1.2.4"], ["1.2.3"]),
        ("<=1.2", ["1.2.9", "0.1.0"], ["1.3.0"]),
        ("<=1.2.3", ["1.2.3"], ["1.2.4"]),
        ("<1.2.3", ["1.2.2"], ["1.2.3"]),
        ("<=*", ["9.9.9"], []),
        (">*", [], ["0.0.0", "9.9.9"]),
        (">=1.0.0-0 <2.0.0", ["1.0.0-rc.1", "1.0.0", "1.5.0-beta"], ["2.0.0-rc.1", "2.0.0", "0.9.0"]),
        (">1.0.0-rc.1", ["1.0.0-rc.1.0", "1.0.0-rc.2", "1.0.0"], ["1.0.0-rc.1", "1.0.0-beta"]),
        ("<1.0.0-rc.2", ["1.0.0-rc.1", "0.9.0"], ["1.0.0-rc.2", "1.0.0"]),
        ("=1.0.0-rc.1", ["1.0.0-rc.1"], ["1.0.0-rc.1.0", "1.0.0-rc.2", "1.0.0"]),
        ("~1.2.3-beta", ["1.2.3-beta", "1.2.3-rc", "1.2.9"], ["1.2.3-alpha", "1.3.0-rc"]),
        (">=1.0.0 !=1.4.0-rc.1", ["1.4.0"], ["1.4.0-rc.2"]),
    ],
)
def test_a_range_holds_its_versions_and_no_others(text: str, inside: list[str], others: list[str]) -> None:
    holds = compile_range(text)

    assert [tag for tag in [*inside, *others] if holds(tag)] == inside


def test_versions_are_in_the_order_of_the_specification() -> None:
    ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"]
    ordered += ["1.0.0-beta.11", "1.0.0-rc.1", "1.0.0"]

    for at, version in enumerate(ordered):
        below = compile_range(f"<{version} || <1.0.0-0")
        assert [other for other in ordered if below(other)] == [
            other for other in ordered[:at] if version != "1.0.0"
        ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("1 ||", "empty"),
        ("latest", "no range"),
        ("1.2.3.4", "no range"),
        ("1.0 - 2.0", "no range"),
        (">=", "no range"),
        ("=>1", "no range"),
        ("1.2-rc", "no range"),
        ("01.2", "no range"),
        (f"{'9' * 19}.0", "no range"),
        ("1 " * (MAX_TERMS + 1), "more than"),
    ],
)
def test_a_range_without_sense_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(RangeInvalid, match=reason):
        compile_range(text)
