"""What one layer says, and what an image has when its layers are laid over each other. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from havre.scanning.packages.model import SYSTEM_KINDS, Package

ANALYSER: Final = 1  # rises when records are made anew


@dataclass(slots=True)
class LayerRecord:
    """What one layer says; kept by its digest and ANALYSER.

    `packages` are by the file that tells of them, with no packages where one that could tell of some does
    not. `plain` are executables that tell of nothing, for they may replace one that does. `owned` are files
    that could tell, and belong to packages of the system. `system` are the fields of os-release by its path.
    """

    packages: dict[str, list[Package]] = field(default_factory=dict)
    system: dict[str, dict[str, str]] = field(default_factory=dict)
    owned: list[str] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    whiteouts: list[str] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    entries: int = 0


@dataclass(frozen=True, slots=True)
class System:
    """The distribution: its id and version of os-release, such as debian and 12."""

    id: str = ""
    version: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What an image has; `faults` say what could not be read, and then it may have more."""

    system: System
    packages: Sequence[Package]
    faults: Sequence[str]


def merge(layers: Iterable[LayerRecord]) -> Inventory:
    """Lay layers over each other, the lowest first."""
    packages: dict[str, list[Package]] = {}
    systems: dict[str, Mapping[str, str]] = {}
    owned: set[str] = set()
    faults: list[str] = []
    for number, layer in enumerate(layers, 1):
        gone = _Gone(layer.whiteouts, layer.opaque)
        for files in (packages, systems):
            for path in [path for path in files if gone.covers(path)]:
                del files[path]
        for path in layer.plain:
            packages.pop(path, None)
        packages.update(layer.packages)
        systems.update(layer.system)
        owned.update(layer.owned)
        faults += [f"layer {number}: {fault}" for fault in layer.faults]
    found = [package for path in sorted(packages) for package in packages[path]]
    kept = [one for one in found if one.kind in SYSTEM_KINDS or one.path.partition("!")[0] not in owned]
    return Inventory(_system(systems), list(dict.fromkeys(kept)), faults)


class _Gone:
    """What a layer takes away from those below it."""

    def __init__(self, whiteouts: Sequence[str], opaque: Sequence[str]) -> None:
        self._paths = frozenset(whiteouts)
        self._roots = frozenset((*whiteouts, *opaque))

    def covers(self, path: str) -> bool:
        if not self._roots:
            return False
        if path in self._paths or "" in self._roots:
            return True
        at = path.rfind("/")
        while at > 0:
            if path[:at] in self._roots:
                return True
            at = path.rfind("/", 0, at)
        return False


def _system(systems: Mapping[str, Mapping[str, str]]) -> System:
    fields = systems.get("etc/os-release") or systems.get("usr/lib/os-release") or {}
    alpine = (systems.get("etc/alpine-release") or {}).get("VERSION_ID", "")
    if not fields and alpine:
        return System("alpine", alpine, f"Alpine Linux {alpine}")
    return System(
        fields.get("ID", "").lower(),
        fields.get("VERSION_ID", ""),
        fields.get("PRETTY_NAME", "") or fields.get("NAME", ""),
    )
