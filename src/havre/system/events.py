"""What happens to the instance as a whole, for the audit journal."""

from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationUpdated(Event):
    """An administrator changed the run-time configuration; secrets are hidden."""

    name: ClassVar[str] = "configuration.updated"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "configuration"

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"change the configuration: {', '.join(sorted(self.changes)) or 'nothing'}"
