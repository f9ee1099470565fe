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


@dataclass(frozen=True, slots=True, kw_only=True)
class _PolicyEvent(Event):
    """Something happened to a retention policy; the resource is its project."""

    resource_type: ClassVar[str] = "retention"

    policy_id: int

    def facts(self) -> Mapping[str, Fact]:
        """Tell the policy's number."""
        return {"policy_id": self.policy_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionCreated(_PolicyEvent):
    """A project got a retention policy."""

    name: ClassVar[str] = "retention.created"
    operation: ClassVar[str] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionUpdated(_PolicyEvent):
    """A project's rules, its schedule or what they judge changed."""

    name: ClassVar[str] = "retention.updated"
    operation: ClassVar[str] = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionDeleted(_PolicyEvent):
    """A project keeps everything again."""

    name: ClassVar[str] = "retention.deleted"
    operation: ClassVar[str] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunEvent(_PolicyEvent):
    """Something happened to a run of a policy."""

    execution_id: int

    def facts(self) -> Mapping[str, Fact]:
        """Tell the policy and the run."""
        return {"policy_id": self.policy_id, "execution_id": self.execution_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionStarted(_RunEvent):
    """Somebody let the rules of a project run; a schedule does so without this event."""

    name: ClassVar[str] = "retention.started"
    operation: ClassVar[str] = "start"

    is_dry_run: bool

    def facts(self) -> Mapping[str, Fact]:
        """Tell the policy, the run, and whether it only tries."""
        return {
            "policy_id": self.policy_id,
            "execution_id": self.execution_id,
            "dry_run": self.is_dry_run,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionStopped(_RunEvent):
    """Somebody asked a run to stop; what it deleted stays deleted."""

    name: ClassVar[str] = "retention.stopped"
    operation: ClassVar[str] = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionFinished(_RunEvent):
    """A run has done one repository, which is the resource; each deletion is an event of its own."""

    name: ClassVar[str] = "retention.finished"
    operation: ClassVar[str] = "finish"

    total: int
    retained: int
    deleted: int
    is_dry_run: bool

    def facts(self) -> Mapping[str, Fact]:
        """Tell the policy, the run, and how many artifacts, or tags, were there, stayed and went."""
        return {
            "policy_id": self.policy_id,
            "execution_id": self.execution_id,
            "total": self.total,
            "retained": self.retained,
            "deleted": self.deleted,
            "dry_run": self.is_dry_run,
        }
