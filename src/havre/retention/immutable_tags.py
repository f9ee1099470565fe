"""The gate before tags that rules keep as they are; implements TagGate of the registry.

A rule keeps a tag when each of its repository selectors selects the repository and each of its tag selectors
the tag. A tag that is not there yet may come.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from havre.kernel.names import RepositoryName
from havre.kernel.work import Reader, Work
from havre.retention import immutable_store as store
from havre.retention.immutable_model import ImmutableRule
from havre.retention.selectors import Candidate, compile_selector, describe


@dataclass(frozen=True, slots=True)
class RulesInForce:
    """The rules of one project that are in force."""

    rules: Sequence[ImmutableRule]

    def are_about(self, repository: RepositoryName) -> bool:
        """Say whether any is about the repository."""
        candidate = Candidate(repository.path, project=repository.project)
        return any(_is_about(rule, candidate) for rule in self.rules)

    def holding(self, repository: RepositoryName, tag: str) -> str | None:
        """Name the first rule that keeps the tag as it is; None when none does."""
        candidate = Candidate(repository.path, (tag,), project=repository.project)
        for rule in self.rules:
            if _is_about(rule, candidate) and _selects(rule, candidate):
                return _said(rule, repository.project)
        return None


class ImmutableTags:
    """Reads and holds the rules of projects."""

    async def read(self, reader: Reader, project_id: int) -> RulesInForce:
        """Read the rules in force, for lists: one query."""
        return RulesInForce(await store.rules_in_force(reader, project_id))

    async def hold(self, work: Work, project_id: int) -> RulesInForce:
        """Read the rules in force and keep them so until the end: none is created meanwhile."""
        await store.hold_rules(work, project_id)
        return RulesInForce(await store.rules_in_force(work, project_id))


def _is_about(rule: ImmutableRule, candidate: Candidate) -> bool:
    return all(compile_selector(one).selects(candidate) for one in rule.words.repository_selectors)


def _selects(rule: ImmutableRule, candidate: Candidate) -> bool:
    return all(compile_selector(one).selects(candidate) for one in rule.words.tag_selectors)


def _said(rule: ImmutableRule, project: str) -> str:
    selectors = (*rule.words.repository_selectors, *rule.words.tag_selectors)
    return f"rule {rule.rule_id} of project {project} ({', '.join(map(describe, selectors))})"
