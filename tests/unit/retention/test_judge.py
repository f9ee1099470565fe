"""What rules keep of a repository, and the reasons: templates, selectors, children, immutable tags."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.retention.judge import items_of, judge
from havre.retention.policy import Rule, compile_rules
from havre.retention.selectors import Selector
from kit.shelf import DAY, EVERYTHING, NOW, Shelf, matching, reasons, rule, staying


def test_the_artifacts_pushed_last_stay() -> None:
    shelf = Shelf().put("a", "v1", pushed=3).put("b", "v2", pushed=1).put("c", "v3", pushed=2)

    judgement = shelf.judged(rule("latestPushedK", 2))

    assert staying(judgement) == ["b", "c"]
    assert reasons(judgement) == {
        "a": "no rule keeps it; rule 1 (latestPushedK 2): 3rd of 3 by push",
        "b": "rule 1 (latestPushedK 2): 1st of 3 by push",
        "c": "rule 1 (latestPushedK 2): 2nd of 3 by push",
    }


def test_the_artifacts_pulled_last_stay_and_those_never_pulled_come_last() -> None:
    shelf = Shelf().put("a", "v1").put("b", "v2", pulled=9).put("c", "v3", pulled=1)

    assert staying(shelf.judged(rule("latestPulledN", 2))) == ["b", "c"]
    assert staying(shelf.judged(rule("latestPulledN", 3))) == ["a", "b", "c"]


def test_what_was_pushed_within_the_days_stays_to_the_microsecond() -> None:
    shelf = Shelf().put("a", "v1", pushed=7).put("b", "v2", pushed=8)
    edge = replace(shelf.artifacts[1], pushed_at=NOW - 7 * DAY - 1, tags=())
    shelf.artifacts[1] = edge

    judgement = shelf.judged(rule("nDaysSinceLastPush", 7))

    assert staying(judgement) == ["a"]
    assert reasons(judgement)["a"] == "rule 1 (nDaysSinceLastPush 7): pushed 7 days ago"


def test_what_was_never_pulled_was_not_pulled_within_any_number_of_days() -> None:
    shelf = Shelf().put("a", "v1").put("b", "v2", pulled=30_000)

    judgement = shelf.judged(rule("nDaysSinceLastPull", 32_766))

    assert staying(judgement) == ["b"]
    assert reasons(judgement)["a"].endswith("never pulled")


def test_always_keeps_what_the_rule_is_about_and_nothing_else() -> None:
    shelf = Shelf().put("a", "v1").put("b", "dev")

    judgement = shelf.judged(rule("always", tags=matching("v*")))

    assert staying(judgement) == ["a"]
    assert reasons(judgement) == {
        "a": "rule 1 (always): one of 1",
        "b": "no rule keeps it; rule 1 (always): not about it",
    }


def test_two_rules_count_each_for_itself_what_it_is_about() -> None:
    shelf = Shelf()
    for day in range(4):
        shelf.put(f"v{day}", f"v{day}", pushed=day).put(f"d{day}", f"dev{day}", pushed=day)

    judgement = shelf.judged(
        rule("latestPushedK", 1, matching("v*")), rule("latestPushedK", 2, matching("dev*"))
    )

    assert staying(judgement) == ["v0", "d0", "d1"]


def test_an_artifact_stays_with_all_its_tags_when_one_of_them_is_kept() -> None:
    shelf = Shelf().put("a", "v1", "dev").put("b", "dev2")

    [leaving] = shelf.judged(rule("always", tags=matching("v*"))).leaving()

    assert [tag.name for tag in leaving.retirement.tags] == ["dev2"]


def test_an_artifact_is_as_young_as_its_youngest_tag() -> None:
    shelf = Shelf().put("a", "v1", pushed=30)
    old = shelf.artifacts[0]
    shelf.artifacts[0] = replace(old, tags=(replace(old.tags[0], pushed_at=NOW - DAY),))

    assert staying(shelf.judged(rule("nDaysSinceLastPush", 7))) == ["a"]


def test_per_tag_each_tag_is_judged_by_itself_and_an_artifact_goes_with_its_last_one() -> None:
    shelf = Shelf().put("a", "v1", "dev1").put("b", "dev2", "dev3")

    judgement = shelf.judged(rule("always", tags=matching("v*")), per_tag=True)

    assert staying(judgement) == ["v1"]
    gone = {one.retirement.artifact.digest: one.retirement for one in judgement.leaving()}
    assert {name: [tag.name for tag in one.tags] for name, one in gone.items()} == {
        "sha256:a": ["dev1"],
        "sha256:b": ["dev2", "dev3"],
    }
    assert not any(one.is_whole for one in gone.values())


@pytest.mark.parametrize("per_tag", [False, True])
@pytest.mark.parametrize(("extras", "stays"), [("", True), ('{"untagged": false}', False)])
def test_an_artifact_without_tags_stays_as_the_extras_of_the_selector_say(
    extras: str, stays: bool, per_tag: bool
) -> None:
    shelf = Shelf().put("a")

    judgement = shelf.judged(rule("always", tags=matching("v*", extras)), per_tag=per_tag)

    assert staying(judgement) == (["a"] if stays else [])
    assert [one.retirement.is_whole for one in judgement.leaving()] == ([] if stays else [True])


def test_labels_select_artifacts() -> None:
    shelf = Shelf().put("a", "v1", labels=["stable"]).put("b", "v2")

    judgement = shelf.judged(rule("always", tags=[Selector("label", "withLabels", "stable")]))

    assert staying(judgement) == ["a"]


@pytest.mark.parametrize("per_tag", [False, True])
def test_an_immutable_tag_stays_and_its_rule_is_named(per_tag: bool) -> None:
    shelf = Shelf().put("a", "v1", "dev")

    judgement = shelf.judged(
        rule("latestPushedK", 0),
        per_tag=per_tag,
        locked=lambda tag: "rule 7 of project demo" if tag == "v1" else None,
    )

    assert staying(judgement) == (["v1"] if per_tag else ["a"])
    assert "immutable by rule 7 of project demo" in reasons(judgement)["v1" if per_tag else "a"]


def test_the_child_of_an_index_stays_with_the_index() -> None:
    shelf = Shelf().put("index", "v1").put("child", "amd64", parents=["index"])

    judgement = shelf.judged(rule("always", tags=matching("v*")))

    assert staying(judgement) == ["index", "child"]
    assert reasons(judgement)["child"] == "child of sha256:index, which stays"


def test_the_child_of_an_index_goes_behind_the_index_also_through_several_levels() -> None:
    shelf = (
        Shelf().put("child", "c", parents=["inner"]).put("inner", "b", parents=["outer"]).put("outer", "a")
    )

    judgement = shelf.judged(rule("latestPushedK", 0))

    assert staying(judgement) == []
    assert next(judgement.leaving()).retirement.artifact.digest == "sha256:outer"


def test_the_child_of_an_index_that_is_not_judged_stays() -> None:
    shelf = Shelf().put("child", "c", parents=["hidden"])

    assert staying(shelf.judged(rule("latestPushedK", 0))) == ["child"]


def test_per_tag_a_tag_may_leave_the_child_of_an_index() -> None:
    shelf = Shelf().put("index", "v1").put("child", "amd64", parents=["index"])

    assert staying(shelf.judged(rule("always", tags=matching("v*")), per_tag=True)) == ["v1"]


def test_without_a_rule_about_the_repository_everything_stays() -> None:
    judgement = Shelf().put("a", "v1").judged(replace(rule("latestPushedK", 0), is_disabled=True))

    assert reasons(judgement) == {"a": "no rule is about this repository"}
    assert judgement.retained == 1


TAGS = st.sampled_from(["v1", "v2", "dev", "latest", "x"])
RULES = st.builds(
    rule,
    st.sampled_from(["latestPushedK", "latestPulledN", "nDaysSinceLastPush", "nDaysSinceLastPull"]),
    st.integers(0, 6),
    st.sampled_from([EVERYTHING, matching("v*"), matching("dev", '{"untagged": false}')]),
)


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    """Draw a repository; a tag names one artifact."""
    shelf, left = Shelf(), draw(st.lists(TAGS, unique=True))
    for number in range(draw(st.integers(1, 8))):
        tags = [left.pop() for _ in range(min(draw(st.integers(0, 2)), len(left)))]
        shelf.put(
            str(number),
            *tags,
            pushed=draw(st.integers(0, 8)),
            pulled=draw(st.none() | st.integers(0, 8)),
            parents=draw(st.lists(st.sampled_from("01234567"), max_size=2))
            if tags and number % 3 == 2
            else (),
        )
    return shelf


def _kept(shelf: Shelf, rules: Sequence[Rule], per_tag: bool) -> set[str]:
    return set(staying(shelf.judged(*rules, per_tag=per_tag)))


@given(shelves(), st.lists(RULES, min_size=1, max_size=4), RULES, st.booleans())
def test_another_rule_never_deletes_more(shelf: Shelf, rules: list[Rule], more: Rule, per_tag: bool) -> None:
    rules, more = _distinct([*rules, more])

    assert _kept(shelf, rules or [more], per_tag) <= _kept(shelf, [*rules, more], per_tag)


def _distinct(rules: list[Rule]) -> tuple[list[Rule], Rule]:
    """Policies refuse twins: leave them out, the last one stays."""
    *others, last = rules
    found = list[Rule]()
    for one in others:
        if one != last and one not in found:
            found.append(one)
    return found, last


@given(shelves(), st.lists(RULES, min_size=1, max_size=4, unique_by=str), st.booleans(), st.randoms())
def test_judging_again_after_some_went_comes_to_the_same_end(
    shelf: Shelf,
    rules: list[Rule],
    per_tag: bool,
    random: Random,
) -> None:
    first = shelf.judged(*rules, per_tag=per_tag)
    gone = [one.retirement for one in first.leaving() if random.random() < 0.5]
    lost = {tag for one in gone for tag in one.tags}
    away = {one.artifact.digest for one in gone if len(one.tags) == len(one.artifact.tags)}
    left = [
        replace(
            artifact,
            tags=tuple(tag for tag in artifact.tags if tag not in lost),
            parents=tuple(name for name in artifact.parents if name not in away),
        )
        for artifact in shelf.artifacts
        if artifact.digest not in away
    ]

    again = Shelf(left).judged(*rules, per_tag=per_tag)

    assert set(staying(again)) == set(staying(first))


@given(shelves(), st.lists(RULES, min_size=1, max_size=4, unique_by=str), st.booleans())
def test_every_item_has_one_reason_that_fits_its_fate(shelf: Shelf, rules: list[Rule], per_tag: bool) -> None:
    judgement = shelf.judged(*rules, per_tag=per_tag)

    for position, fate in enumerate(judgement.fates):
        reason = judgement.reason(position)
        assert reason.startswith("no rule keeps it") == (fate == "doomed")
        assert bool(judgement.keepers(position)) == (fate == "kept")


def test_fifty_thousand_tags_under_fifteen_rules_are_judged_within_seconds() -> None:
    shelf = Shelf()
    for number in range(50_000):
        shelf.put(f"{number:064d}", f"v{number % 15}.{number}", pushed=number % 400)
    rules = [rule("latestPushedK", number + 1, matching(f"v{number}.*")) for number in range(15)]
    items = list(items_of("app", shelf.artifacts, per_tag=False))

    started = process_time()
    judgement = judge(compile_rules(rules), items, lambda _: None, NOW)

    assert judgement.retained == sum(range(1, 16))
    assert process_time() - started < 10  # 1.2 s on the machine of docs/measurements
