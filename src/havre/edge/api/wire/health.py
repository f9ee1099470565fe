"""The shapes of health."""

from collections.abc import Sequence

import msgspec

from havre.system import ComponentHealth

_WORDS = {True: "healthy", False: "unhealthy"}


class ComponentStatus(msgspec.Struct, omit_defaults=True):
    """`ComponentHealthStatus`."""

    name: str
    status: str
    error: str = ""


class OverallStatus(msgspec.Struct):
    """`OverallHealthStatus`."""

    status: str
    components: list[ComponentStatus]


def health_shape(components: Sequence[ComponentHealth]) -> OverallStatus:
    """Show how the components are; the instance is as well as the worst of them."""
    return OverallStatus(
        _WORDS[all(component.is_healthy for component in components)],
        [ComponentStatus(one.name, _WORDS[one.is_healthy], one.message) for one in components],
    )
