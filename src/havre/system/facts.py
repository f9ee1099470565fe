"""What the instance says about itself to whoever asks (Harbor's systeminfo)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from havre.kernel.actor import Actor
from havre.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class SystemFacts:
    """The facts; those that help an attacker choose are empty for the anonymous caller."""

    version: str
    external_url: str = ""
    registry_url: str = ""  # host[:port], what stands before a repository's name
    project_creation: Literal["everyone", "adminonly"] = "everyone"
    self_registration: bool = False
    has_ca_root: bool = False
    read_only: bool = False
    auth_mode: str = "db_auth"
    banner_message: str = ""
    current_time: datetime | None = None


class Facts:
    """Tells the facts, fitting who asks."""

    def __init__(self, facts: SystemFacts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock

    def told_to(self, actor: Actor) -> SystemFacts:
        """Give the facts; version, addresses and time only to somebody with an account."""
        if not actor.is_authenticated:
            return replace(self._facts, version="", external_url="", registry_url="")
        return replace(self._facts, current_time=self._clock.now())
