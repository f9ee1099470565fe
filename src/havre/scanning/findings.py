"""What is dangerous of what an image has. Pure but for the database of advisories that it asks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from havre.scanning.advisories.model import Note, Severity
from havre.scanning.advisories.names import normalised
from havre.scanning.matching import judge
from havre.scanning.packages.model import Package, PackageKind
from havre.scanning.ports import Advisories, Key, Rule
from havre.scanning.record import Inventory, System
from havre.scanning.system import ecosystem_of, end_of

_LANGUAGES: Final = {
    PackageKind.PYPI: "PyPI",
    PackageKind.NPM: "npm",
    PackageKind.GEM: "RubyGems",
    PackageKind.GO: "Go",
    PackageKind.CARGO: "crates.io",
    PackageKind.COMPOSER: "Packagist",
    PackageKind.MAVEN: "Maven",
}
_PARTIAL: Final = frozenset({"debian-list"})  # they name what they fixed, and are silent about the rest


class Completeness(StrEnum):
    """How far a report can be trusted; only the first may be called clean."""

    COMPLETE = "complete"
    FAILED = "analysis failed"
    NO_PACKAGES = "no package database"
    UNSUPPORTED = "unsupported operating system"
    END_OF_LIFE = "end of life"


@dataclass(frozen=True, slots=True)
class Finding:
    """A vulnerability of a package; `fixed` is empty when no version mends it."""

    id: str
    package: Package
    severity: Severity
    fixed: str
    source: str
    advisory: str
    advisory_id: int
    note: Note | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was found, worst first, and how far that can be trusted."""

    system: System
    states: Sequence[Completeness]
    faults: Sequence[str]
    packages: int
    findings: Sequence[Finding]


def report_of(inventory: Inventory, advisories: Advisories, today: date) -> Report:
    """Hold what an image has against what is known."""
    findings = find(inventory.system, inventory.packages, advisories)
    return Report(
        system=inventory.system,
        states=_states(inventory, today),
        faults=inventory.faults,
        packages=len(inventory.packages),
        findings=findings,
    )


def find(system: System, packages: Iterable[Package], advisories: Advisories) -> list[Finding]:
    """List the vulnerabilities of packages, worst first, each once for a package and where it is."""
    asked = [(package, *_question(system, package)) for package in packages]
    rules = advisories.rules(key for _, key, _ in asked if key is not None)
    found: dict[tuple[str, Package], Finding] = {}
    for package, key, version in asked:
        for rule in _standing(rules.get(key, ())) if key is not None else ():
            hit = judge(rule.affected, version)
            if hit is None:
                continue
            for name in rule.findings:
                one = Finding(
                    name, package, rule.severity, hit.fixed, rule.source, rule.name, rule.advisory_id
                )
                found[name, package] = _better(found.get((name, package)), one)
    return _finished(list(found.values()), advisories)


def _question(system: System, package: Package) -> tuple[Key | None, str]:
    """Give under what a package is looked up, and the version that is compared."""
    language = _LANGUAGES.get(package.kind)
    if language is not None:
        return (language, normalised(language, package.name)), package.version
    ecosystem = ecosystem_of(system)
    if ecosystem is None:
        return None, ""
    if package.kind is PackageKind.RPM:
        return (ecosystem, package.name), package.version
    return (ecosystem, package.source_name or package.name), package.source_version or package.version


def _standing(rules: Sequence[Rule]) -> Sequence[Rule]:
    """Leave out what only tells of some fixes where another source tells of the whole package."""
    whole = [rule for rule in rules if rule.source not in _PARTIAL]
    return whole or rules


def _better(known: Finding | None, one: Finding) -> Finding:
    """Of two that say the same, keep the one that says more."""
    if known is None:
        return one
    better, other = (
        (one, known)
        if (one.severity, one.fixed != "") > (known.severity, known.fixed != "")
        else (known, one)
    )
    return replace(better, fixed=better.fixed or other.fixed)


def _finished(found: Sequence[Finding], advisories: Advisories) -> list[Finding]:
    unrated = {one.id for one in found if one.severity is Severity.UNKNOWN}
    severities, notes = advisories.severities(unrated), advisories.notes({one.id for one in found})
    finished = [
        replace(
            one,
            severity=severities.get(one.id, one.severity)
            if one.severity is Severity.UNKNOWN
            else one.severity,
            note=notes.get(one.id),
        )
        for one in found
    ]
    return sorted(finished, key=_rank)


def _rank(one: Finding) -> tuple[bool, int, str, str, str]:
    is_exploited = one.note is not None and bool(one.note.kev_date)
    return (not is_exploited, -one.severity, one.package.name, one.id, one.package.path)


def _states(inventory: Inventory, today: date) -> list[Completeness]:
    states = [Completeness.FAILED] if inventory.faults else []
    system = inventory.system
    has_system = any(
        one.kind in (PackageKind.DEB, PackageKind.APK, PackageKind.RPM) for one in inventory.packages
    )
    if system.id and not has_system:
        states.append(Completeness.NO_PACKAGES)
    if has_system and ecosystem_of(system) is None:
        states.append(Completeness.UNSUPPORTED)
    end = end_of(system)
    if end is not None and end < today:
        states.append(Completeness.END_OF_LIFE)
    if not system.id and not inventory.packages:
        states.append(Completeness.NO_PACKAGES)
    return states or [Completeness.COMPLETE]
