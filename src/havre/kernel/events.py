"""Facts in the past tense, committed with the change they tell of: the audit journal.

Each slice defines its own events in its `events.py` as frozen dataclasses that derive from Event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from havre.kernel.actor import Actor

Fact = str | int | bool | None | Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    `name` is the vocabulary word (`manifest.pushed`); `operation` and `resource_type` are Harbor's words
    for the same (`create`, `artifact`). `is_buffered` events (pulls) are flushed each second; all others
    are rows of the transaction that announces them.
    """

    name: ClassVar[str]
    operation: ClassVar[str]
    resource_type: ClassVar[str]
    is_buffered: ClassVar[bool] = False

    actor: Actor
    resource: str
    project_id: int | None = None
    succeeded: bool = True

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"{self.operation} {self.resource_type}: {self.resource}"

    def facts(self) -> Mapping[str, Fact]:
        """Tell what else is worth keeping; stored as JSON."""
        return {}


class Journal(Protocol):
    """Where buffered events go; durable ones go through Work.announce."""

    def note(self, event: Event) -> None:
        """Keep a buffered event; it reaches the database within about a second."""
