"""What the instance says about itself to whoever asks (Harbor's systeminfo)."""

from dataclasses import dataclass
from datetime import datetime

from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.system.configuration import Configuration
from havre.system.values import ConfigurationValues


@dataclass(frozen=True, slots=True)
class Build:
    """What the instance knows of itself from its start."""

    version: str
    external_url: str = ""
    registry_url: str = ""  # host[:port], what stands before a repository's name
    storage: str = "filesystem"


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """The facts; those that help an attacker choose are empty for the anonymous caller."""

    build: Build
    configured: ConfigurationValues
    current_time: datetime | None = None
    has_ca_root: bool = False


class Facts:
    """Tells the facts, fitting who asks."""

    def __init__(self, build: Build, configuration: Configuration, clock: Clock) -> None:
        self._build = build
        self._configuration = configuration
        self._clock = clock

    async def told_to(self, actor: Actor) -> SystemFacts:
        """Give the facts; version, addresses and time only to somebody with an account."""
        configured = await self._configuration.current()
        if not actor.is_authenticated:
            return SystemFacts(Build(version="", storage=""), configured)
        return SystemFacts(self._build, configured, self._clock.now())
