"""The metadata keys of a project and their rules. Pure. Source: Harbor's swagger, ProjectMetadata."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from havre.projects.errors import MetadataInvalid

PUBLIC: Final = "public"  # a column of the project, shown among the metadata
STORAGE_LIMIT: Final = "storage_limit"  # kept among the metadata until quotas have their own table
_SEVERITIES: Final = frozenset(("none", "unknown", "negligible", "low", "medium", "high", "critical"))
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}\Z")


def _is_flag(value: str) -> bool:
    return value in ("true", "false")


def _is_severity(value: str) -> bool:
    return value in _SEVERITIES


def _is_number(value: str) -> bool:
    return _NUMBER.match(value) is not None


_RULES: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "enable_content_trust": (_is_flag, "true or false"),
    "enable_content_trust_cosign": (_is_flag, "true or false"),
    "prevent_vul": (_is_flag, "true or false"),
    "severity": (_is_severity, "a severity such as low, medium, high, critical"),
    "auto_scan": (_is_flag, "true or false"),
    "auto_sbom_generation": (_is_flag, "true or false"),
    "reuse_sys_cve_allowlist": (_is_flag, "true or false"),
    "retention_id": (_is_number, "a number"),
    "proxy_speed_kb": (_is_number, "a number"),
    "max_upstream_conn": (_is_number, "a number"),
    "proxy_cache_local_on_not_found": (_is_flag, "true or false"),
    "proxy_referrer_api": (_is_flag, "true or false"),
}


def check_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    """Check keys and values; values are compared and kept in lower case.

    Raises: MetadataInvalid.
    """
    checked = {name: value.strip().lower() for name, value in metadata.items()}
    for name, value in checked.items():
        rule = _RULES.get(name)
        if rule is None:
            raise MetadataInvalid(f"project metadata {name[:80]!r} is not known")
        fits, words = rule
        if not fits(value):
            raise MetadataInvalid(f"project metadata {name} must be {words}, not {value[:80]!r}")
    return checked


def check_public(value: str) -> str:
    """Check whether everybody may look: true or false.

    Raises: MetadataInvalid.
    """
    checked = value.strip().lower()
    if not _is_flag(checked):
        raise MetadataInvalid(f"project metadata public must be true or false, not {value[:80]!r}")
    return checked


def check_storage_limit(size_bytes: int | None) -> Mapping[str, str]:
    """Check a limit (-1: none) and put it into its key; nothing for None.

    Raises: MetadataInvalid.
    """
    if size_bytes is None:
        return {}
    if size_bytes != -1 and not 0 < size_bytes < 2**60:  # 1 EiB: far below the integers of both engines
        raise MetadataInvalid("the storage limit must be -1 (none) or a number of bytes above 0")
    return {STORAGE_LIMIT: str(size_bytes)}
