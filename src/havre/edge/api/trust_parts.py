"""What the operations on trust policies are built on, filled in by assembly."""

from dataclasses import dataclass

from havre.signing import ShowTrust, TrustPolicies


@dataclass(frozen=True, slots=True)
class TrustPolicyParts:
    """The use cases of trust policies."""

    policies: TrustPolicies
    show: ShowTrust
