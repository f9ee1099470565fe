"""Components: packages as they are counted once, whatever images hold them. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from havre.scanning.advisories.names import normalised
from havre.scanning.packages.model import Package, PackageKind
from havre.scanning.ports import Key
from havre.scanning.record import System
from havre.scanning.system import ecosystem_of

_LANGUAGES: Final[Mapping[PackageKind, str]] = {
    PackageKind.PYPI: "PyPI",
    PackageKind.NPM: "npm",
    PackageKind.GEM: "RubyGems",
    PackageKind.GO: "Go",
    PackageKind.CARGO: "crates.io",
    PackageKind.COMPOSER: "Packagist",
    PackageKind.MAVEN: "Maven",
}


@dataclass(frozen=True, slots=True)
class Component:
    """A package without its place, and under what advisories are asked about it.

    `ecosystem` is empty where there are none for it: a package of a system that we know no advisories of.
    """

    kind: PackageKind
    name: str
    version: str
    source_name: str
    source_version: str
    ecosystem: str
    asked_name: str
    asked_version: str

    @property
    def question(self) -> Key | None:
        """Under what advisories are asked."""
        return (self.ecosystem, self.asked_name) if self.ecosystem else None

    @property
    def key(self) -> str:
        """Name it, the same for the same."""
        words = (self.kind, self.name, self.version, self.source_name, self.source_version, self.ecosystem)
        return hashlib.sha256("\0".join(words).encode()).hexdigest()[:32]


def component_of(system: System, package: Package) -> Component:
    """Tell the component that a package of an image is."""
    ecosystem, name, version = _question(system, package)
    return Component(
        kind=package.kind,
        name=package.name,
        version=package.version,
        source_name=package.source_name,
        source_version=package.source_version,
        ecosystem=ecosystem,
        asked_name=name,
        asked_version=version,
    )


def _question(system: System, package: Package) -> tuple[str, str, str]:
    language = _LANGUAGES.get(package.kind)
    if language is not None:
        return language, normalised(language, package.name), package.version
    ecosystem = ecosystem_of(system) or ""
    if package.kind is PackageKind.RPM:
        return ecosystem, package.name, package.version
    return ecosystem, package.source_name or package.name, package.source_version or package.version


Places = Mapping[Component, Sequence[str]]


def places_of(system: System, packages: Sequence[Package]) -> Places:
    """Count each component of an image once, with the paths at which it is."""
    found: dict[Component, list[str]] = {}
    for package in packages:
        found.setdefault(component_of(system, package), []).append(package.path)
    return found
