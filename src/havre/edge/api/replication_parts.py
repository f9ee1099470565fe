"""What the operations on other registries and on replication are built on, filled in by assembly."""

from dataclasses import dataclass

from havre.replication import ChangeEndpoints, ChangePolicies, Endpoints, Policies, ReplicationRuns


@dataclass(frozen=True, slots=True)
class ReplicationParts:
    """The use cases of replication."""

    endpoints: Endpoints
    change_endpoints: ChangeEndpoints
    policies: Policies
    change_policies: ChangePolicies
    runs: ReplicationRuns
