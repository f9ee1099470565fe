"""What the operations on immutable tag rules are built on, filled in by assembly."""

from dataclasses import dataclass

from havre.retention import ChangeImmutableRules, ImmutableRules


@dataclass(frozen=True, slots=True)
class ImmutableParts:
    """The use cases of immutable tag rules."""

    rules: ImmutableRules
    change: ChangeImmutableRules
