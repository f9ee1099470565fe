"""What happens to other registries, to the rules of replication and to their runs, for the audit journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class _EndpointEvent(Event):
    """Something happened to a configured registry; the resource is its name."""

    resource_type: ClassVar[str] = "registry"

    endpoint_id: int

    def facts(self) -> Mapping[str, Fact]:
        """Tell its number."""
        return {"registry_id": self.endpoint_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointCreated(_EndpointEvent):
    """Another registry was configured."""

    name: ClassVar[str] = "registry.created"
    operation: ClassVar[str] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointUpdated(_EndpointEvent):
    """Its address, its account or how far it is trusted changed."""

    name: ClassVar[str] = "registry.updated"
    operation: ClassVar[str] = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDeleted(_EndpointEvent):
    """It is not configured any more."""

    name: ClassVar[str] = "registry.deleted"
    operation: ClassVar[str] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointFailed(_EndpointEvent):
    """It stopped answering, or taking the account; the fault says how."""

    name: ClassVar[str] = "registry.failed"
    operation: ClassVar[str] = "fail"

    fault: str

    def facts(self) -> Mapping[str, Fact]:
        """Tell its number and what is wrong."""
        return {"registry_id": self.endpoint_id, "fault": self.fault}


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRecovered(_EndpointEvent):
    """It answers again."""

    name: ClassVar[str] = "registry.recovered"
    operation: ClassVar[str] = "recover"


@dataclass(frozen=True, slots=True, kw_only=True)
class _PolicyEvent(Event):
    """Something happened to a rule; the resource is its name."""

    resource_type: ClassVar[str] = "replication_policy"

    policy_id: int

    def facts(self) -> Mapping[str, Fact]:
        """Tell its number."""
        return {"policy_id": self.policy_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCreated(_PolicyEvent):
    """A rule of replication was made."""

    name: ClassVar[str] = "replication_policy.created"
    operation: ClassVar[str] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyUpdated(_PolicyEvent):
    """A rule says something else."""

    name: ClassVar[str] = "replication_policy.updated"
    operation: ClassVar[str] = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDeleted(_PolicyEvent):
    """A rule went; what it copied stays."""

    name: ClassVar[str] = "replication_policy.deleted"
    operation: ClassVar[str] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class _RunEvent(_PolicyEvent):
    """Something happened to a run of a rule."""

    resource_type: ClassVar[str] = "replication"

    execution_id: int

    def facts(self) -> Mapping[str, Fact]:
        """Tell the rule and the run."""
        return {"policy_id": self.policy_id, "execution_id": self.execution_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationStarted(_RunEvent):
    """Somebody started a rule; schedules and events do so without this event."""

    name: ClassVar[str] = "replication.started"
    operation: ClassVar[str] = "start"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationStopped(_RunEvent):
    """Somebody asked a run to stop; what it copied stays."""

    name: ClassVar[str] = "replication.stopped"
    operation: ClassVar[str] = "stop"


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryReplicated(_RunEvent):
    """A run has copied, or deleted, at the other side what one repository asked for; it is the resource."""

    name: ClassVar[str] = "replication.finished"
    operation: ClassVar[str] = "replicate"

    target: str
    artifacts: tuple[str, ...]
    deleted: tuple[str, ...]
    copied_bytes: int

    def facts(self) -> Mapping[str, Fact]:
        """Tell the rule, the run, where to, and what came and went there."""
        return {
            "policy_id": self.policy_id,
            "execution_id": self.execution_id,
            "target": self.target,
            "artifacts": self.artifacts,
            "deleted": self.deleted,
            "bytes": self.copied_bytes,
        }
