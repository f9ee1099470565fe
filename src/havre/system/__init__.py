"""The instance as a whole: its identity, its configuration, its health, what it says about itself."""

from havre.system.configuration import Configuration, ConfigurationItem, fixed_values
from havre.system.facts import Build, Facts, SystemFacts
from havre.system.health import ComponentHealth, DatabaseProbe, Health
from havre.system.instance import claim_instance, is_claimed
from havre.system.own_id import OwnId
from havre.system.read_configuration import ReadConfiguration
from havre.system.read_only import ReadOnlyMode
from havre.system.update_configuration import UpdateConfiguration
from havre.system.values import ConfigurationValues
from havre.system.volumes import Volume, Volumes

__all__ = [
    "Build",
    "ComponentHealth",
    "Configuration",
    "ConfigurationItem",
    "ConfigurationValues",
    "DatabaseProbe",
    "Facts",
    "Health",
    "OwnId",
    "ReadConfiguration",
    "ReadOnlyMode",
    "SystemFacts",
    "UpdateConfiguration",
    "Volume",
    "Volumes",
    "claim_instance",
    "fixed_values",
    "is_claimed",
]
