"""The shapes of systeminfo."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from havre.edge.api.parts import Volume
from havre.system import SystemFacts


class GeneralInfo(msgspec.Struct, omit_defaults=True):
    """`GeneralInfo`; what is not told is left out."""

    auth_mode: str
    project_creation_restriction: str
    self_registration: bool
    has_ca_root: bool
    read_only: bool
    primary_auth_mode: bool
    notification_enable: bool
    harbor_version: str = ""
    external_url: str = ""
    registry_url: str = ""
    banner_message: str = ""
    current_time: datetime | None = None


class Storage(msgspec.Struct):
    """`Storage`, in bytes."""

    total: int
    free: int


class SystemInfo(msgspec.Struct):
    """`SystemInfo`."""

    storage: list[Storage]


def info_shape(facts: SystemFacts) -> GeneralInfo:
    """Show what the instance says about itself."""
    return GeneralInfo(
        auth_mode=facts.auth_mode,
        project_creation_restriction=facts.project_creation,
        self_registration=facts.self_registration,
        has_ca_root=facts.has_ca_root,
        read_only=facts.read_only,
        primary_auth_mode=False,
        notification_enable=False,
        harbor_version=facts.version,
        external_url=facts.external_url,
        registry_url=facts.registry_url,
        banner_message=facts.banner_message,
        current_time=facts.current_time,
    )


def volumes_shape(volumes: Sequence[Volume]) -> SystemInfo:
    """Show how much room there is."""
    return SystemInfo([Storage(volume.total_bytes, volume.free_bytes) for volume in volumes])
