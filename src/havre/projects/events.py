"""What happens to projects, for the audit journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectCreated(Event):
    """A project came into being."""

    name: ClassVar[str] = "project.created"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "project"

    is_public: bool

    def facts(self) -> Mapping[str, Fact]:
        """Tell whether everybody may look."""
        return {"is_public": self.is_public}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUpdated(Event):
    """A project's visibility, metadata or limit changed."""

    name: ClassVar[str] = "project.updated"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectDeleted(Event):
    """A project went, empty."""

    name: ClassVar[str] = "project.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "project"


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowlistUpdated(Event):
    """The instance's allowlist of CVEs was overwritten; a project's own is part of `project.updated`."""

    name: ClassVar[str] = "cve_allowlist.updated"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "cve_allowlist"
