"""Immutable rules and retention for the model of collection: what makes tags stay, and what lets them go."""

from collections.abc import Mapping, Sequence

from havre.kernel.names import RepositoryName
from havre.registry import Census, Retire
from havre.registry.errors import RepositoryUnknown
from havre.registry.model import RetireOutcome
from havre.retention import Assess, ChangeImmutableRules, ImmutableTags, Rule, RuleWords, Selector
from havre.retention.errors import RuleExists, RuleUnknown
from havre.retention.policy import compile_rules
from kit.house import ADMIN, RegistryHouse

Held = Mapping[tuple[int, str, str], str]  # rule, repository, tag: the digest


class Alone:
    """A step of Retire that adds nothing."""

    async def begin(self, work: object) -> None:
        """Do nothing."""

    async def end(self, work: object, outcomes: object) -> None:
        """Do nothing."""


def _rules(house: RegistryHouse) -> ChangeImmutableRules:
    return ChangeImmutableRules(house.database, house.access, house.clock)


async def keep(house: RegistryHouse, name: RepositoryName, tag: str) -> None:
    """Make a rule that holds one tag of one repository."""
    words = RuleWords(
        (Selector("doublestar", "matches", tag),), (Selector("doublestar", "repoMatches", name.path),)
    )
    try:
        await _rules(house).create(ADMIN, name.project, words)
    except RuleExists:
        return


async def free(house: RegistryHouse) -> None:
    """Delete every rule."""
    for (rule_id,) in await house.rows("SELECT id FROM immutable_rule ORDER BY id"):
        try:
            await _rules(house).delete(ADMIN, "library", int(str(rule_id)))
        except RuleUnknown:
            continue  # another step's


async def held(house: RegistryHouse) -> Held:
    """Tell what each tag names that a rule holds."""
    rows = await house.rows(
        """SELECT i.id, r.name, t.name, t.digest, i.tag_selectors, i.repository_selectors
           FROM immutable_rule i CROSS JOIN tag t JOIN repository r ON r.id = t.repo_id"""
    )
    return {
        (int(str(rule)), str(name), str(tag)): str(digest)
        for rule, name, tag, digest, tags, repositories in rows
        if f'"{tag}"' in str(tags) and f'"{str(name).partition("/")[2]}"' in str(repositories)
    }


async def assert_held_tags_stayed(house: RegistryHouse, before: Held) -> None:
    """Whatever a rule held all the time names what it named."""
    rules = {int(str(rule)) for (rule,) in await house.rows("SELECT id FROM immutable_rule")}
    after = await held(house)
    assert {key: after.get(key) for key in before if key[0] in rules} == {
        key: digest for key, digest in before.items() if key[0] in rules
    }


async def retain(house: RegistryHouse, name: RepositoryName, tag: str, *, per_tag: bool) -> None:
    """Judge a repository by a policy that keeps one tag and the latest push; retire the others."""
    everywhere = (Selector("doublestar", "repoMatches", "**"),)
    rules = compile_rules(
        (
            Rule("always", {}, (Selector("doublestar", "matches", tag),), everywhere),
            Rule(
                "latestPushedK",
                {"latestPushedK": 1},
                (Selector("doublestar", "matches", "**", '{"untagged": true}'),),
                everywhere,
            ),
        )
    )
    census, gate = Census(house.database), ImmutableTags()
    repository = await census.repository(name)
    if repository is None:
        return
    judgement = await Assess(house.database, house.clock, census, gate).repository(
        repository, rules, per_tag=per_tag
    )
    wanted = [one.retirement for one in judgement.leaving()]
    assert all(tag not in {leaving.name for leaving in one.tags} for one in wanted)
    retire = Retire(house.database, house.access, house.clock, house.settings, gate)
    try:
        outcomes: Sequence[RetireOutcome] = await retire.batch(ADMIN, name, wanted, Alone())
    except RepositoryUnknown:
        return
    assert len(outcomes) == len(wanted)
