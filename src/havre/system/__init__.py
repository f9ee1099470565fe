"""The instance as a whole: its identity, its health, what it says about itself."""

from havre.system.facts import Facts, SystemFacts
from havre.system.health import ComponentHealth, DatabaseProbe, Health
from havre.system.instance import claim_instance, is_claimed
from havre.system.volumes import Volume, Volumes

__all__ = [
    "ComponentHealth",
    "DatabaseProbe",
    "Facts",
    "Health",
    "SystemFacts",
    "Volume",
    "Volumes",
    "claim_instance",
    "is_claimed",
]
