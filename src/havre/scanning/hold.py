"""Hold components against what is known, and tell what was found of them. Pure but for the database asked."""

from collections.abc import Iterable, Sequence

from havre.scanning.advisories.cvss import base_score
from havre.scanning.components import Component
from havre.scanning.findings import Finding, find
from havre.scanning.ports import Advisories
from havre.scanning.store import Described


def hold(
    components: Iterable[Component], advisories: Advisories
) -> tuple[Sequence[Finding], Sequence[Described]]:
    """Give the findings, and each vulnerability among them once, as the worst finding of it tells."""
    findings = find(components, advisories)
    first = {one.id: one for one in reversed(findings)}
    return findings, [_describe(one, advisories) for one in first.values()]


def _describe(one: Finding, advisories: Advisories) -> Described:
    """Tell what a vulnerability is, as the advisory that found it says."""
    advisory = advisories.advisory(one.advisory_id)
    scores = [score for vector in advisory.vectors if (score := base_score(vector)) is not None]
    return Described(
        id=one.id,
        severity=int(one.severity),
        title=advisory.title,
        details=advisory.details or advisory.title,
        links=advisory.links,
        vectors=advisory.vectors,
        cwes=advisory.cwes,
        score=max(scores, default=None),
        kev_date=one.note.kev_date if one.note is not None else "",
        epss=one.note.epss if one.note is not None else None,
    )
