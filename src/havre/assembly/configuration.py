"""The use cases behind the tag `configure`."""

from havre.assembly.ground import Ground
from havre.edge.api.configure_parts import ConfigureParts
from havre.system import ReadConfiguration, UpdateConfiguration


def configure_parts(ground: Ground) -> ConfigureParts:
    """Wire them."""
    return ConfigureParts(
        read=ReadConfiguration(ground.configuration),
        update=UpdateConfiguration(ground.database, ground.configuration),
    )
