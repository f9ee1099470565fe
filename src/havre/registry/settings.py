"""What an operator may set for the registry."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """Limits and graces of the registry; docs/configure.md explains each."""

    manifest_limit_bytes: int = 4 * 1024 * 1024  # 4 MiB: the limit clients assume (spec, "Pushing Manifests")
    sparse_indexes: bool = False
    upload_ttl_s: int = 7 * 24 * 3600  # a week, as distribution's purge age
    grace_s: int = 24 * 3600  # between losing the last reference and losing the bytes
    sweep_every_s: int = 60
    collect_every_s: int = 300
