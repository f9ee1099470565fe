"""What an operator sets about replication."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReplicationSettings:
    """How often rules and other registries are looked after, and how proxy projects serve.

    `fresh_s` is for how long a tag of a proxy project is served without asking its registry. What a client
    asks for that is not here is looked for in the project `mirror`, as Docker's registry mirrors need it.
    """

    reconcile_every_s: int = 600
    health_every_s: int = 300
    fresh_s: int = 60
    mirror: str | None = None
