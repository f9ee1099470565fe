"""What the tag `configure` is built on."""

from dataclasses import dataclass

from havre.system import ReadConfiguration, UpdateConfiguration


@dataclass(frozen=True, slots=True)
class ConfigureParts:
    """The use cases of the run-time configuration."""

    read: ReadConfiguration
    update: UpdateConfiguration
