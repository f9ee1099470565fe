"""Create, change and delete the rules that keep a project's tags as they are.

Each takes the project for itself: it waits for the pushes that hold the rules (immutable_tags.py), and who
comes later sees what was changed. So a rule binds every process from the answer on.
"""

from collections.abc import Sequence
from typing import Final

from havre.access import Access
from havre.access.errors import ProjectUnknown
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.events import Fact, changes_between
from havre.kernel.work import Database, Work
from havre.retention import immutable_store as store
from havre.retention.errors import RuleExists, RuleInvalid, RuleUnknown, SelectorInvalid
from havre.retention.events import ImmutableRuleCreated, ImmutableRuleDeleted, ImmutableRuleUpdated
from havre.retention.immutable_model import RuleChanges, RuleWords
from havre.retention.selectors import (
    EXCLUDES,
    MATCHES,
    REPO_EXCLUDES,
    REPO_MATCHES,
    Selector,
    compile_selector,
    describe,
)

RULES_LIMIT: Final = 100  # of a project; Harbor's portal stops at 15
SELECTORS_LIMIT: Final = 10  # of each list; Harbor looks at the first alone


class ChangeImmutableRules:
    """Changes rules for administrators and maintainers of the project."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def create(self, actor: Actor, project: str | int, words: RuleWords) -> int:
        """Add a rule and return its number.

        Raises: RuleInvalid, SelectorInvalid, RuleExists, ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "immutable-tag", "create", project)
        _check(words)
        async with self._database.write() as work:
            if not await store.lock_project(work, standing.id):
                raise ProjectUnknown(project)
            await _refuse_twin(work, standing.id, standing.name, words, own_id=None)
            if await store.count_rules(work, standing.id) >= RULES_LIMIT:
                raise RuleInvalid(
                    f"project {standing.name} has {RULES_LIMIT} immutable tag rules, the most there may be: "
                    "delete one first"
                )
            rule_id = await store.add_rule(work, standing.id, words, self._now())
            work.announce(
                ImmutableRuleCreated(
                    actor=actor,
                    resource=_name(standing.name, rule_id),
                    project_id=standing.id,
                    rule_id=rule_id,
                    changes=changes_between({}, _facts(words)),
                )
            )
        return rule_id

    async def update(self, actor: Actor, project: str | int, rule_id: int, changes: RuleChanges) -> None:
        """Write what is given of a rule, and whether it is in force.

        Raises: RuleUnknown, RuleInvalid, SelectorInvalid, RuleExists, ProjectUnknown, Unauthenticated,
        Denied.
        """
        standing = await self._access.require(actor, "immutable-tag", "update", project)
        async with self._database.write() as work:
            await store.lock_project(work, standing.id)
            rule = await store.find_rule(work, standing.id, rule_id)
            if rule is None:
                raise RuleUnknown(rule_id, standing.name)
            words = changes.on(rule.words)
            _check(words)
            await _refuse_twin(work, standing.id, standing.name, words, own_id=rule_id)
            await store.change_rule(work, rule_id, words, self._now())
            work.announce(
                ImmutableRuleUpdated(
                    actor=actor,
                    resource=_name(standing.name, rule_id),
                    project_id=standing.id,
                    rule_id=rule_id,
                    changes=changes_between(_facts(rule.words), _facts(words)),
                )
            )

    async def delete(self, actor: Actor, project: str | int, rule_id: int) -> None:
        """Remove a rule; what no other rule holds may move again.

        Raises: RuleUnknown, ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "immutable-tag", "delete", project)
        async with self._database.write() as work:
            await store.lock_project(work, standing.id)
            rule = await store.find_rule(work, standing.id, rule_id)
            if rule is None:
                raise RuleUnknown(rule_id, standing.name)
            await store.delete_rule(work, rule_id)
            work.announce(
                ImmutableRuleDeleted(
                    actor=actor,
                    resource=_name(standing.name, rule_id),
                    project_id=standing.id,
                    rule_id=rule_id,
                    changes=changes_between(_facts(rule.words), {}),
                )
            )

    def _now(self) -> int:
        return to_micros(self._clock.now())


async def _refuse_twin(
    work: Work, project_id: int, project: str, words: RuleWords, *, own_id: int | None
) -> None:
    twin = await store.find_twin(work, project_id, words)
    if twin is not None and twin != own_id:
        raise RuleExists(twin, project)


def _check(words: RuleWords) -> None:
    _check_list("tag_selectors", words.tag_selectors, (MATCHES, EXCLUDES))
    _check_list("scope_selectors.repository", words.repository_selectors, (REPO_MATCHES, REPO_EXCLUDES))


def _check_list(field: str, selectors: Sequence[Selector], decorations: tuple[str, str]) -> None:
    if not 1 <= len(selectors) <= SELECTORS_LIMIT:
        raise RuleInvalid(f"{field} must hold 1 to {SELECTORS_LIMIT} selectors, not {len(selectors)}")
    for at, selector in enumerate(selectors):
        try:
            compile_selector(selector)
        except SelectorInvalid as error:
            raise SelectorInvalid(f"{field}[{at}]: {error}") from error
        if selector.decoration not in decorations:
            raise RuleInvalid(
                f"{field}[{at}]: decoration {selector.decoration} does not go here: "
                f"write {' or '.join(decorations)}"
            )


def _name(project: str, rule_id: int) -> str:
    return f"{project}/immutabletagrules/{rule_id}"


def _facts(words: RuleWords) -> dict[str, Fact]:
    return {
        "tag_selectors": [describe(selector) for selector in words.tag_selectors],
        "repository_selectors": [describe(selector) for selector in words.repository_selectors],
        "disabled": words.is_disabled,
        "priority": words.priority,
    }
