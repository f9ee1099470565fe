"""The gate before tags that rules keep as they are; implements TagGate of the registry.

A rule keeps a tag when each of its repository selectors selects the repository and each of its tag selectors
the tag. A tag that is not there yet may come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from havre.kernel.names import RepositoryName
from havre.kernel.work import Reader, Work
from havre.retention import immutable_store as store
from havre.retention.immutable_model import ImmutableRule
from havre.retention.selectors import Candidate, CompiledSelector, compile_selector, describe


class RulesInForce:
    """The rules of one project that are in force."""

    def __init__(self, rules: Sequence[ImmutableRule]) -> None:
        self._rules = rules
        self._known: dict[RepositoryName, Sequence[_TagRule]] = {}

    def are_about(self, repository: RepositoryName) -> bool:
        """Say whether any is about the repository."""
        return bool(self._about(repository))

    def holding(self, repository: RepositoryName, tag: str) -> str | None:
        """Name the first rule that keeps the tag as it is; None when none does."""
        candidate = Candidate(repository.path, (tag,), project=repository.project)
        for one in self._about(repository):
            if all(selector.selects(candidate) for selector in one.selectors):
                return _said(one.rule, repository.project)
        return None

    def _about(self, repository: RepositoryName) -> "Sequence[_TagRule]":
        """Choose and compile the rules of a repository once: lists ask for many of its tags."""
        found = self._known.get(repository)
        if found is None:
            found = self._known[repository] = list(_compiled(self._rules, repository))
        return found


@dataclass(frozen=True, slots=True)
class _TagRule:
    """A rule that is about a repository, compiled."""

    rule: ImmutableRule
    selectors: Sequence[CompiledSelector]


class ImmutableTags:
    """Reads and holds the rules of projects."""

    async def read(self, reader: Reader, project_id: int) -> RulesInForce:
        """Read the rules in force, for lists: one query."""
        return RulesInForce(await store.rules_in_force(reader, project_id))

    async def hold(self, work: Work, project_id: int) -> RulesInForce:
        """Read the rules in force and keep them so until the end: none is created meanwhile."""
        await store.hold_rules(work, project_id)
        return RulesInForce(await store.rules_in_force(work, project_id))


def _compiled(rules: Sequence[ImmutableRule], repository: RepositoryName) -> Iterator[_TagRule]:
    candidate = Candidate(repository.path, project=repository.project)
    for rule in rules:
        if all(compile_selector(one).selects(candidate) for one in rule.words.repository_selectors):
            yield _TagRule(rule, [compile_selector(one) for one in rule.words.tag_selectors])


def _said(rule: ImmutableRule, project: str) -> str:
    selectors = (*rule.words.repository_selectors, *rule.words.tag_selectors)
    return f"rule {rule.rule_id} of project {project} ({', '.join(map(describe, selectors))})"
