"""Facts in the past tense, committed with the change they tell of: the audit journal.

Each slice defines its own events in its `events.py` as frozen dataclasses that derive from Event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Protocol

from havre.kernel.actor import Actor

Fact = str | int | bool | None | Sequence[str]


@dataclass(frozen=True, slots=True)
class Change:
    """What one field was and what it is now; None where there was or is nothing. Never a secret."""

    before: Fact
    after: Fact


Changes = Mapping[str, Change]
HIDDEN_CHANGE: Final = Change("(hidden)", "(hidden)")  # for a field whose values are secrets


def changes_between(before: Mapping[str, Fact], after: Mapping[str, Fact]) -> Changes:
    """List the fields of either side that differ."""
    names = dict.fromkeys((*before, *after))
    return {
        name: Change(before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    `name` is the vocabulary word (`manifest.pushed`); `operation` and `resource_type` are Harbor's words
    for the same (`create`, `artifact`). `is_buffered` events (pulls) are flushed each second; all others
    are rows of the transaction that announces them. `changes` is kept beside the facts under that name:
    every event of a change fills it with `changes_between`.
    """

    name: ClassVar[str]
    operation: ClassVar[str]
    resource_type: ClassVar[str]
    is_buffered: ClassVar[bool] = False

    actor: Actor
    resource: str
    project_id: int | None = None
    succeeded: bool = True
    changes: Changes = field(default_factory=dict)

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"{self.operation} {self.resource_type}: {self.resource}"

    def facts(self) -> Mapping[str, Fact]:
        """Tell what else is worth keeping; stored as JSON."""
        return {}


def kept_facts(event: Event) -> Mapping[str, Fact | Changes]:
    """Put the facts and what changed together, as the journal and the listeners get them."""
    return {**event.facts(), "changes": event.changes} if event.changes else event.facts()


class Journal(Protocol):
    """Where buffered events go; durable ones go through Work.announce."""

    def note(self, event: Event) -> None:
        """Keep a buffered event; it reaches the database within about a second."""
