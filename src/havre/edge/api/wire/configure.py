"""The shapes of the run-time configuration."""

from collections.abc import Mapping

import msgspec

from havre.system import ConfigurationItem


class ConfigItem(msgspec.Struct):
    """`StringConfigItem`, `BoolConfigItem` or `IntegerConfigItem`, by the key's type."""

    value: str | int | bool
    editable: bool


def configuration_shape(items: Mapping[str, ConfigurationItem]) -> Mapping[str, ConfigItem]:
    """Show the keys."""
    return {key: ConfigItem(one.value, one.is_editable) for key, one in items.items()}
