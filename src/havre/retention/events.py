"""What happens to the rules of projects, for the audit journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class _RuleEvent(Event):
    """Something happened to a rule that keeps tags as they are."""

    resource_type: ClassVar[str] = "immutable_rule"

    rule_id: int

    def facts(self) -> Mapping[str, Fact]:
        """Tell the rule's number, by which refusals name it."""
        return {"rule_id": self.rule_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmutableRuleCreated(_RuleEvent):
    """A project got a rule that keeps tags as they are."""

    name: ClassVar[str] = "immutable_rule.created"
    operation: ClassVar[str] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmutableRuleUpdated(_RuleEvent):
    """Such a rule says something else, or was switched on or off."""

    name: ClassVar[str] = "immutable_rule.updated"
    operation: ClassVar[str] = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImmutableRuleDeleted(_RuleEvent):
    """Such a rule went; its tags may move again."""

    name: ClassVar[str] = "immutable_rule.deleted"
    operation: ClassVar[str] = "delete"
