"""Policies that make no sense are refused with the rule and the field."""

from dataclasses import replace

import pytest

from havre.retention import Rule, Selector
from havre.retention.errors import RetentionInvalid, RulesAlike
from havre.retention.policy import compile_rules
from kit.shelf import EVERYWHERE, matching, rule

SOUND = rule("latestPushedK", 10)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (replace(SOUND, template="lastWeek"), r"rules\[1\].template 'lastWeek' is unknown"),
        (replace(SOUND, params={}), r"rules\[1\].params.latestPushedK is missing"),
        (replace(SOUND, params={"latestPushedK": -1}), r"params.latestPushedK must be from 0 to 32766"),
        (replace(SOUND, params={"latestPushedK": 32_767}), r"params.latestPushedK must be from 0 to 32766"),
        (replace(SOUND, params={"latestPulledN": 1}), r"rules\[1\].params.latestPulledN does not go with"),
        (replace(rule("always"), params={"always": 1}), r"rules\[1\].params.always does not go with"),
        (replace(SOUND, tag_selectors=()), r"rules\[1\].tag_selectors must hold 1 to 20"),
        (replace(SOUND, scope_selectors=()), r"rules\[1\].scope_selectors.repository must hold 1 to 20"),
        (replace(SOUND, tag_selectors=EVERYWHERE), r"tag_selectors\[0\].decoration 'repoMatches' is none of"),
        (replace(SOUND, scope_selectors=matching("**")), r"repository\[0\].decoration 'matches' is none of"),
        (replace(SOUND, tag_selectors=matching("{a")), r"rules\[1\].tag_selectors\[0\]: .*brace"),
        (
            replace(SOUND, tag_selectors=(Selector("regex", "matches", "("),)),
            r"rules\[1\].tag_selectors\[0\]: .*regex",
        ),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_its_field(wrong: Rule, said: str) -> None:
    with pytest.raises(RetentionInvalid, match=said):
        compile_rules([rule("latestPushedK", 1), wrong])


def test_sixteen_rules_are_refused() -> None:
    compile_rules([rule("latestPushedK", number) for number in range(15)])
    with pytest.raises(RetentionInvalid, match="at most 15"):
        compile_rules([rule("latestPushedK", number) for number in range(16)])


def test_two_rules_that_say_the_same_are_refused_also_when_one_is_disabled() -> None:
    with pytest.raises(RulesAlike, match="rule 2 says the same as rule 1"):
        compile_rules([SOUND, replace(SOUND, is_disabled=True, priority=7)])
