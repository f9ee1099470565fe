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
    registry_storage_provider_name: str = ""
    oidc_provider_name: str = ""
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
    configured, build = facts.configured, facts.build
    return GeneralInfo(
        auth_mode=configured.auth_mode,
        project_creation_restriction=configured.project_creation_restriction,
        self_registration=configured.self_registration,
        has_ca_root=facts.has_ca_root,
        read_only=configured.read_only,
        primary_auth_mode=configured.primary_auth_mode,
        notification_enable=configured.notification_enable,
        harbor_version=build.version,
        external_url=build.external_url,
        registry_url=build.registry_url,
        banner_message=configured.banner_message,
        registry_storage_provider_name=build.storage,
        oidc_provider_name=configured.oidc_name if configured.auth_mode == "oidc_auth" else "",
        current_time=facts.current_time,
    )


def volumes_shape(volumes: Sequence[Volume]) -> SystemInfo:
    """Show how much room there is."""
    return SystemInfo([Storage(volume.total_bytes, volume.free_bytes) for volume in volumes])
