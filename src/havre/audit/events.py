"""What happens to the journal itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeScheduled(Event):
    """A purge of the journal was started, scheduled or no longer scheduled; the changes tell how."""

    name: ClassVar[str] = "audit_purge.scheduled"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "audit_purge"


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeStopped(Event):
    """Somebody asked a purge of the journal to stop; the resource is its number."""

    name: ClassVar[str] = "audit_purge.stopped"
    operation: ClassVar[str] = "stop"
    resource_type: ClassVar[str] = "audit_purge"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalPurged(Event):
    """Rows of the journal were deleted, or would have been; the resource is the purge's number."""

    name: ClassVar[str] = "audit_log.purged"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "audit_log"

    purged: int
    is_dry_run: bool

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"{'would delete' if self.is_dry_run else 'delete'} {self.purged} rows of the audit log"

    def facts(self) -> Mapping[str, Fact]:
        """Tell how many, and whether it was only a try."""
        return {"purged": self.purged, "dry_run": self.is_dry_run}
