"""Retention policies: one for a project, of at most 15 rules; what any rule keeps is kept. Pure.

policy ─┬─ rule 1   scope selectors: which repositories ─ tag selectors: which artifacts ─ template: how many
        └─ rule 2 …

Per artifact, as Harbor has it, an artifact stays with all its tags when a rule keeps it. Per tag, each tag is
judged by itself, and an artifact goes with its last one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from havre.kernel.events import Fact
from havre.retention.errors import RetentionInvalid, RulesAlike, SelectorInvalid
from havre.retention.selectors import Candidate, CompiledSelector, Selector, compile_selector, describe
from havre.retention.templates import Template, template_named

KIND: Final = "RETENTION"  # Harbor's vendor type of runs and schedules
MOST_RULES: Final = 15  # Harbor's
_MOST_SELECTORS: Final = 20
_OF_REPOSITORIES: Final = ("repoMatches", "repoExcludes")
_OF_TAGS: Final = ("matches", "excludes", "withLabels", "withoutLabels")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its author wrote it; `priority` is kept for Harbor's clients and decides nothing."""

    template: str
    params: Mapping[str, int] = field(default_factory=dict)
    tag_selectors: tuple[Selector, ...] = ()
    scope_selectors: tuple[Selector, ...] = ()
    is_disabled: bool = False
    priority: int = 0


@dataclass(frozen=True, slots=True)
class NewPolicy:
    """What a policy is set to; `is_per_tag` None leaves it as it is, and is per artifact for a new one."""

    rules: tuple[Rule, ...]
    cron: str = ""
    is_per_tag: bool | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A stored policy; `version` rises with each change."""

    id: int
    project_id: int
    rules: tuple[Rule, ...]
    cron: str
    is_per_tag: bool
    version: int
    created_at: datetime
    updated_at: datetime

    def facts(self) -> Mapping[str, Fact]:
        """Tell it for the journal."""
        return {
            "rules": tuple(rule_words(number, rule) for number, rule in enumerate(self.rules, 1)),
            "cron": self.cron or None,
            "per_tag": self.is_per_tag,
        }


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule that was found to make sense; `number` is its place in the policy, from 1."""

    number: int
    rule: Rule
    template: Template
    count: int
    _tags: tuple[CompiledSelector, ...]
    _scope: tuple[CompiledSelector, ...]

    @property
    def words(self) -> str:
        """Name the rule: "rule 1 (latestPushedK 10)"."""
        return f"rule {self.number} ({template_words(self.rule)})"

    def is_about_repository(self, project: str, path: str) -> bool:
        """Say whether the rule is about a repository, named without its project."""
        place = Candidate(path, project=project)
        return all(one.selects(place) for one in self._scope)

    def is_about(self, candidate: Candidate) -> bool:
        """Say whether the rule is about an artifact or a tag of such a repository."""
        return all(one.selects(candidate) for one in self._tags)


def compile_rules(rules: Sequence[Rule]) -> tuple[CompiledRule, ...]:
    """Check the rules of a policy and make those ready that are not disabled.

    Raises: RetentionInvalid naming the rule and the field, RulesAlike.
    """
    if len(rules) > MOST_RULES:
        raise RetentionInvalid(f"rules are {len(rules)}: a policy has at most {MOST_RULES}")
    compiled = [_compile(number, rule) for number, rule in enumerate(rules, 1)]
    _refuse_twins(rules)
    return tuple(one for one in compiled if not one.rule.is_disabled)


def template_words(rule: Rule) -> str:
    """Name the template with its number: "latestPushedK 10"."""
    return " ".join((rule.template, *map(str, rule.params.values())))


def rule_words(number: int, rule: Rule) -> str:
    """Say in a line what a rule keeps, where, and of what."""
    about = ", ".join(describe(one) for one in (*rule.scope_selectors, *rule.tag_selectors))
    off = " (disabled)" if rule.is_disabled else ""
    return f"{number}: {template_words(rule)} of {about}{off}"


def _compile(number: int, rule: Rule) -> CompiledRule:
    where = f"rules[{number - 1}]"
    try:
        template = template_named(rule.template)
        count = template.number_of(rule.params)
    except RetentionInvalid as error:
        raise RetentionInvalid(f"{where}.{error}") from None
    tags = tuple(_selectors(f"{where}.tag_selectors", rule.tag_selectors, _OF_TAGS))
    scope = tuple(_selectors(f"{where}.scope_selectors.repository", rule.scope_selectors, _OF_REPOSITORIES))
    return CompiledRule(number, rule, template, count or 0, tags, scope)


def _selectors(
    where: str, selectors: Sequence[Selector], decorations: tuple[str, ...]
) -> Iterator[CompiledSelector]:
    if not 1 <= len(selectors) <= _MOST_SELECTORS:
        raise RetentionInvalid(f"{where} must hold 1 to {_MOST_SELECTORS} selectors, not {len(selectors)}")
    for position, selector in enumerate(selectors):
        if selector.decoration not in decorations:
            raise RetentionInvalid(
                f"{where}[{position}].decoration {selector.decoration[:40]!r} is none of "
                f"{', '.join(decorations)}"
            )
        try:
            yield compile_selector(selector)
        except SelectorInvalid as error:
            raise RetentionInvalid(f"{where}[{position}]: {error}") from None


def _refuse_twins(rules: Sequence[Rule]) -> None:
    """Two rules that say the same are a mistake, as in Harbor; their state and priority do not count."""
    known = dict[tuple[object, ...], int]()
    for number, rule in enumerate(rules, 1):
        said = (
            rule.template,
            tuple(sorted(rule.params.items())),
            rule.tag_selectors,
            rule.scope_selectors,
        )
        if said in known:
            raise RulesAlike(known[said], number)
        known[said] = number
