"""What people do to jobs, for the audit journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStopOrdered(Event):
    """Somebody asked a running job, or all of them, to stop; the resource is its number or `all`."""

    name: ClassVar[str] = "job.stopped"
    operation: ClassVar[str] = "stop"
    resource_type: ClassVar[str] = "job"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQueueSteered(Event):
    """Somebody stopped the waiting jobs of a queue, paused it or let it go on; the resource is its kind."""

    name: ClassVar[str] = "job_queue.steered"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "job_queue"

    action: str

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"{self.action} job queue: {self.resource}"

    def facts(self) -> Mapping[str, Fact]:
        """Tell what else is worth keeping."""
        return {"action": self.action}
