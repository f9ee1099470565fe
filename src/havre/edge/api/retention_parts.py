"""What the tag `Retention` is built on."""

from dataclasses import dataclass

from havre.retention import ChangePolicy, ReadPolicy, RetentionRuns, Simulate


@dataclass(frozen=True, slots=True)
class RetentionParts:
    """The use cases of retention."""

    read: ReadPolicy
    change: ChangePolicy
    runs: RetentionRuns
    simulate: Simulate
