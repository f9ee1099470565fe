"""The metadata keys of a project and their rules. Pure. Source: Harbor's swagger, ProjectMetadata."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from havre.projects.errors import MetadataInvalid

PUBLIC: Final = "public"  # a column of the project, shown among the metadata
STORAGE_LIMIT: Final = "storage_limit"  # a row of project_quota, changed with the metadata
LARGEST_LIMIT: Final = 1 << 50  # 1024 TiB, Harbor's
_SEVERITIES: Final = frozenset(("none", "unknown", "negligible", "low", "medium", "high", "critical"))
_PATTERN: Final = "proxy_cache_filter_pattern"
_WORD: Final = re.compile(r"[a-z_]{0,40}\Z")
_NUMBER: Final = re.compile(r"-?[0-9]{1,18}\Z")


def _is_flag(value: str) -> bool:
    return value in ("true", "false")


def _is_severity(value: str) -> bool:
    return value in _SEVERITIES


def _is_number(value: str) -> bool:
    return _NUMBER.match(value) is not None


def _is_word(value: str) -> bool:
    return _WORD.match(value) is not None


def _is_pattern(value: str) -> bool:
    return len(value) <= 1024 and not any(letter.isspace() for letter in value)


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
    "proxy_cache_filter_kind": (_is_word, "doublestar, regex or another word"),
    _PATTERN: (_is_pattern, "at most 1024 characters without blanks"),
}


def check_metadata(metadata: Mapping[str, str]) -> Mapping[str, str]:
    """Check keys and values; values are compared and kept in lower case, but for a pattern.

    Raises: MetadataInvalid.
    """
    checked = {name: value.strip() for name, value in metadata.items()}
    checked = {name: value if name == _PATTERN else value.lower() for name, value in checked.items()}
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


def check_storage_limit(size_bytes: int | None) -> int | None:
    """Check a limit; -1 is none, None stays None.

    Raises: MetadataInvalid.
    """
    if size_bytes is not None and size_bytes != -1 and not 0 < size_bytes <= LARGEST_LIMIT:
        raise MetadataInvalid(
            f"the storage limit must be -1 (none) or a number of bytes from 1 to {LARGEST_LIMIT} (1024 TiB), "
            f"not {size_bytes}"
        )
    return size_bytes
