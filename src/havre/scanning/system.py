"""Distributions: under which name advisories know them, and until when they are looked after. Pure.

Dates are those on which the last free support of security ends, as each distribution's own pages tell.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from havre.scanning.record import System

_END: Final[Mapping[str, Mapping[str, str]]] = {
    "debian": {
        "7": "2018-05-31",
        "8": "2020-06-30",
        "9": "2022-06-30",
        "10": "2024-06-30",
        "11": "2026-08-31",
        "12": "2028-06-30",
        "13": "2030-06-30",
    },
    "ubuntu": {
        "14.04": "2019-04-25",
        "16.04": "2021-04-30",
        "18.04": "2023-05-31",
        "20.04": "2025-05-29",
        "22.04": "2027-06-01",
        "24.04": "2029-05-31",
        "23.10": "2024-07-11",
        "24.10": "2025-07-10",
    },
    "alpine": {
        "3.9": "2020-11-01",
        "3.10": "2021-05-01",
        "3.11": "2021-11-01",
        "3.12": "2022-05-01",
        "3.13": "2022-11-01",
        "3.14": "2023-05-01",
        "3.15": "2023-11-01",
        "3.16": "2024-05-23",
        "3.17": "2024-11-22",
        "3.18": "2025-05-09",
        "3.19": "2025-11-01",
        "3.20": "2026-04-01",
        "3.21": "2026-11-01",
        "3.22": "2027-05-01",
        **{f"3.{minor}": "2020-05-01" for minor in range(3, 9)},
    },
    **{key: {"8": "2029-05-31", "9": "2032-05-31", "10": "2035-05-31"} for key in ("almalinux", "rocky")},
    "centos": {"6": "2020-11-30", "7": "2024-06-30", "8": "2021-12-31"},
}
_ECOSYSTEMS: Final[Mapping[str, str]] = {
    "debian": "Debian",
    "ubuntu": "Ubuntu",
    "alpine": "Alpine",
    "almalinux": "AlmaLinux",
    "rocky": "Rocky Linux",
    "wolfi": "Wolfi",
    "chainguard": "Chainguard",
}
_ROLLING: Final = frozenset({"wolfi", "chainguard"})


def ecosystem_of(system: System) -> str | None:
    """Name the advisories of a distribution's release; None for one that we have none of."""
    name = _ECOSYSTEMS.get(system.id)
    if name is None or system.id in _ROLLING:
        return name
    stream = stream_of(system)
    if not stream:
        return None
    return f"{name}:v{stream}" if system.id == "alpine" else f"{name}:{stream}"


def stream_of(system: System) -> str:
    """Give the part of a version that names a release: 12 of Debian, 3.19 of Alpine, 22.04 of Ubuntu."""
    count = 2 if system.id in ("alpine", "ubuntu") else 1
    return ".".join(system.version.split(".")[:count])


def end_of(system: System) -> date | None:
    """Tell when the support of a release ended or ends; None when it is not known."""
    found = _END.get(system.id, {}).get(stream_of(system))
    return None if found is None else date.fromisoformat(found)
