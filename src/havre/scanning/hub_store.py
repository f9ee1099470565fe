"""Rows of all scans taken together: which images have what, how many of each severity there are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from havre.kernel.pages import PageRequest
from havre.kernel.work import Parameters, Reader

_TUNED: Final = 1000  # above that many, nobody waits for a count (Harbor's `tune_count`)
_DANGEROUS: Final = 5
_FROM: Final = """FROM finding f
    JOIN component c ON c.id = f.component_id
    JOIN image_component i ON i.component_id = c.id
    JOIN manifest m ON m.digest = i.digest
    JOIN repository r ON r.id = m.repo_id
    JOIN vulnerability v ON v.id = f.vulnerability"""


@dataclass(frozen=True, slots=True)
class HubFilter:
    """Which vulnerabilities are listed; None does not ask. Scores are of CVSS 3, bounds belong to it."""

    cve: str | None = None
    severity: int | None = None
    package: str | None = None
    repository: str | None = None
    project_id: int | None = None
    digest: str | None = None
    tag: str | None = None
    is_fixed: bool | None = None
    least_score: float | None = None
    most_score: float | None = None


@dataclass(frozen=True, slots=True)
class HubRow:
    """One vulnerability of one package of one artifact."""

    project_id: int
    repository: str
    digest: str
    tags: Sequence[str]
    id: str
    severity: int
    score: float | None
    package: str
    version: str
    fixed: str
    details: str
    links: Sequence[str]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many vulnerabilities scanned artifacts have, by severity, and how many artifacts there are."""

    critical: int
    high: int
    medium: int
    low: int
    unknown: int
    fixable: int
    scanned: int
    artifacts: int


@dataclass(frozen=True, slots=True)
class DangerousArtifact:
    """An artifact among those with the most and worst."""

    project_id: int
    repository: str
    digest: str
    critical: int
    high: int
    medium: int


@dataclass(frozen=True, slots=True)
class DangerousCve:
    """A vulnerability among the worst that are found."""

    id: str
    severity: int
    score: float | None
    details: str
    package: str
    version: str


async def count_found(reader: Reader, wanted: HubFilter, *, is_tuned: bool) -> int:
    """Count what a filter lists; -1 for many when the count is tuned."""
    where, parameters = _where(wanted)
    limit = f"LIMIT {_TUNED + 1}" if is_tuned else ""
    row = await reader.first(
        f"SELECT COUNT(*) AS total FROM (SELECT 1 AS one {_FROM} {where} {limit}) counted",  # noqa: S608 - ours
        parameters,
    )
    total = 0 if row is None else int(row.total)
    return -1 if is_tuned and total > _TUNED else total


async def list_found(reader: Reader, wanted: HubFilter, page: PageRequest) -> Sequence[HubRow]:
    """List a page, worst first (index finding_of for one id)."""
    where, parameters = _where(wanted)
    rows = await reader.all(
        f"""SELECT m.project_id, m.repo_id, r.name AS repository, m.digest, f.vulnerability, f.severity,
               v.score, c.name AS package, c.version, f.fixed, v.details, v.links
            {_FROM} {where}
            ORDER BY f.severity DESC, f.vulnerability, m.id, c.id LIMIT :size OFFSET :skip""",
        {**parameters, "size": page.size, "skip": page.offset},
    )
    tags = await _tags(reader, [(row.repo_id, row.digest) for row in rows])
    return [
        HubRow(
            project_id=row.project_id,
            repository=row.repository,
            digest=row.digest,
            tags=tags.get((row.repo_id, row.digest), ()),
            id=row.vulnerability,
            severity=row.severity,
            score=row.score,
            package=row.package,
            version=row.version,
            fixed=row.fixed,
            details=row.details,
            links=json.loads(row.links),
        )
        for row in rows
    ]


async def _tags(reader: Reader, places: Sequence[tuple[int, str]]) -> dict[tuple[int, str], list[str]]:
    """Read the tags of artifacts in one question (index tag_digest)."""
    found: dict[tuple[int, str], list[str]] = {}
    if places:
        rows = await reader.all(
            """SELECT repo_id, digest, name FROM tag WHERE repo_id IN :repositories AND digest IN :digests
               ORDER BY name LIMIT 10000""",
            {
                "repositories": sorted({repo_id for repo_id, _ in places}),
                "digests": sorted({digest for _, digest in places}),
            },
        )
        for row in rows:
            found.setdefault((row.repo_id, row.digest), []).append(row.name)
    return found


async def counts(reader: Reader) -> Counts:
    """Add up the counts of all scanned artifacts."""
    row = await reader.first(
        """SELECT COUNT(*) AS scanned, COALESCE(SUM(s.critical), 0) AS critical,
               COALESCE(SUM(s.high), 0) AS high, COALESCE(SUM(s.medium), 0) AS medium,
               COALESCE(SUM(s.low), 0) AS low, COALESCE(SUM(s.unknown), 0) AS unknown,
               COALESCE(SUM(s.fixable), 0) AS fixable,
               (SELECT COUNT(*) FROM manifest WHERE is_listed = TRUE) AS artifacts
           FROM image_scan s JOIN manifest m ON m.digest = s.digest WHERE s.status = 'success'"""
    )
    assert row is not None  # a count always answers
    return Counts(
        critical=int(row.critical),
        high=int(row.high),
        medium=int(row.medium),
        low=int(row.low),
        unknown=int(row.unknown),
        fixable=int(row.fixable),
        scanned=int(row.scanned),
        artifacts=int(row.artifacts),
    )


async def dangerous_artifacts(reader: Reader) -> Sequence[DangerousArtifact]:
    """List the artifacts with the most and worst (index image_scan_worst)."""
    rows = await reader.all(
        """SELECT m.project_id, r.name, m.digest, s.critical, s.high, s.medium FROM image_scan s
           JOIN manifest m ON m.digest = s.digest JOIN repository r ON r.id = m.repo_id
           WHERE s.status = 'success'
           ORDER BY s.critical DESC, s.high DESC, s.medium DESC, m.id LIMIT :most""",
        {"most": _DANGEROUS},
    )
    return [
        DangerousArtifact(row.project_id, row.name, row.digest, row.critical, row.high, row.medium)
        for row in rows
    ]


async def dangerous_cves(reader: Reader) -> Sequence[DangerousCve]:
    """List the worst vulnerabilities that any image has, with a package that has each."""
    rows = await reader.all(
        """SELECT v.id, v.severity, v.score, v.details, MIN(c.name) AS package, MIN(c.version) AS version
           FROM vulnerability v JOIN finding f ON f.vulnerability = v.id
           JOIN component c ON c.id = f.component_id
           WHERE EXISTS (SELECT 1 FROM image_component i WHERE i.component_id = c.id)
           GROUP BY v.id, v.severity, v.score, v.details
           ORDER BY v.severity DESC, COALESCE(v.score, 0) DESC, v.id LIMIT :most""",
        {"most": _DANGEROUS},
    )
    return [
        DangerousCve(row.id, row.severity, row.score, row.details, row.package, row.version) for row in rows
    ]


def _where(wanted: HubFilter) -> tuple[str, Parameters]:
    tests: list[str] = []
    parameters: dict[str, str | int | float] = {}
    for name, test, value in (
        ("cve", "f.vulnerability = :cve", wanted.cve),
        ("severity", "f.severity = :severity", wanted.severity),
        ("package", "c.name = :package", wanted.package),
        ("repository", "r.name = :repository", wanted.repository),
        ("project_id", "m.project_id = :project_id", wanted.project_id),
        ("digest", "m.digest = :digest", wanted.digest),
        ("least_score", "v.score >= :least_score", wanted.least_score),
        ("most_score", "v.score <= :most_score", wanted.most_score),
        (
            "tag",
            """EXISTS (SELECT 1 FROM tag t
                       WHERE t.repo_id = m.repo_id AND t.digest = m.digest AND t.name = :tag)""",
            wanted.tag,
        ),
    ):
        if value is not None:
            tests.append(test)
            parameters[name] = value
    if wanted.is_fixed is not None:
        tests.append("f.fixed <> ''" if wanted.is_fixed else "f.fixed = ''")
    return (f"WHERE {' AND '.join(tests)}" if tests else ""), parameters
