"""What an operator sets about replication."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplicationSettings:
    """How often rules and other registries are looked after, in seconds."""

    reconcile_every_s: int = 600
    health_every_s: int = 300
