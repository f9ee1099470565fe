"""What is dangerous of components. Pure but for the database of advisories that it asks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final

from havre.scanning.advisories.model import Note, Severity
from havre.scanning.components import Component, places_of
from havre.scanning.matching import judge
from havre.scanning.packages.model import SYSTEM_KINDS
from havre.scanning.ports import Advisories, Rule
from havre.scanning.record import Inventory, System
from havre.scanning.system import ecosystem_of, end_of

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
    """A vulnerability of a component; `fixed` is empty when no version mends it. `paths` are in an image."""

    id: str
    component: Component
    severity: Severity
    fixed: str
    source: str
    advisory: str
    advisory_id: int
    note: Note | None = None
    paths: Sequence[str] = field(default=(), compare=False)


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
    places = places_of(inventory.system, inventory.packages)
    return Report(
        system=inventory.system,
        states=states_of(inventory, today),
        faults=inventory.faults,
        packages=len(inventory.packages),
        findings=[replace(one, paths=tuple(places[one.component])) for one in find(places, advisories)],
    )


def find(components: Iterable[Component], advisories: Advisories) -> list[Finding]:
    """List the vulnerabilities of components, worst first, each once for a component."""
    asked = {one: question for one in components if (question := one.question) is not None}
    rules = advisories.rules(asked.values())
    found: dict[tuple[str, Component], Finding] = {}
    for component, question in asked.items():
        for rule in _standing(rules.get(question, ())):
            hit = judge(rule.affected, component.asked_version)
            if hit is None:
                continue
            for name in rule.findings:
                one = Finding(
                    name, component, rule.severity, hit.fixed, rule.source, rule.name, rule.advisory_id
                )
                found[name, component] = _better(found.get((name, component)), one)
    return _finished(list(found.values()), advisories)


def _standing(rules: Sequence[Rule]) -> Sequence[Rule]:
    """Leave out what only tells of some fixes where another source tells of the whole package."""
    whole = [rule for rule in rules if rule.source not in _PARTIAL]
    return whole or rules


def _better(known: Finding | None, one: Finding) -> Finding:
    """Of two that say the same, keep the one that says more."""
    if known is None:
        return one
    is_better = (one.severity, one.fixed != "") > (known.severity, known.fixed != "")
    better, other = (one, known) if is_better else (known, one)
    return replace(better, fixed=better.fixed or other.fixed)


def _finished(found: Sequence[Finding], advisories: Advisories) -> list[Finding]:
    unrated = {one.id for one in found if one.severity is Severity.UNKNOWN}
    severities: Mapping[str, Severity] = advisories.severities(unrated)
    notes = advisories.notes({one.id for one in found})
    rated = [
        replace(one, severity=severities.get(one.id, one.severity)) if one.id in unrated else one
        for one in found
    ]
    return sorted((replace(one, note=notes.get(one.id)) for one in rated), key=_rank)


def _rank(one: Finding) -> tuple[bool, int, str, str, str]:
    is_exploited = one.note is not None and bool(one.note.kev_date)
    return (not is_exploited, -one.severity, one.component.name, one.id, one.component.key)


def states_of(inventory: Inventory, today: date) -> list[Completeness]:
    """Tell how far a report about an inventory can be trusted."""
    states = [Completeness.FAILED] if inventory.faults else []
    system = inventory.system
    has_system = any(one.kind in SYSTEM_KINDS for one in inventory.packages)
    if not has_system and (system.id or not inventory.packages):
        states.append(Completeness.NO_PACKAGES)
    if has_system and ecosystem_of(system) is None:
        states.append(Completeness.UNSUPPORTED)
    end = end_of(system)
    if end is not None and end < today:
        states.append(Completeness.END_OF_LIFE)
    return states or [Completeness.COMPLETE]
