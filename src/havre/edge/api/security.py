"""Operations of the security hub."""

from collections.abc import Sequence
from typing import Final

import msgspec
from starlette.responses import Response

from havre.edge.api.conventions import item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.query import Query, Range
from havre.edge.api.request import ApiRequest
from havre.scanning.advisories.model import Severity
from havre.scanning.hub_store import HubFilter, HubRow
from havre.scanning.security_hub import Summary

_KEYS: Final = (
    *("cve_id", "cvss_score_v3", "severity", "status", "repository_name", "project_id", "package", "tag"),
    "digest",
)
_DETAILS: Final = 4096


class DangerousCveShape(msgspec.Struct):
    """`DangerousCVE`."""

    cve_id: str
    severity: str
    cvss_score_v3: float
    desc: str
    package: str
    version: str


class DangerousArtifactShape(msgspec.Struct):
    """`DangerousArtifact`."""

    project_id: int
    repository_name: str
    digest: str
    critical_cnt: int
    high_cnt: int
    medium_cnt: int


class SummaryShape(msgspec.Struct, omit_defaults=True):
    """`SecuritySummary`."""

    critical_cnt: int
    high_cnt: int
    medium_cnt: int
    low_cnt: int
    none_cnt: int
    unknown_cnt: int
    total_vuls: int
    scanned_cnt: int
    total_artifact: int
    fixable_cnt: int
    dangerous_cves: Sequence[DangerousCveShape] = ()
    dangerous_artifacts: Sequence[DangerousArtifactShape] = ()


class VulnerabilityItem(msgspec.Struct):
    """`VulnerabilityItem`."""

    project_id: int
    repository_name: str
    digest: str
    tags: Sequence[str]
    cve_id: str
    severity: str
    status: str
    cvss_v3_score: float
    package: str
    version: str
    fixed_version: str
    desc: str
    links: Sequence[str]


def summary_shape(summary: Summary) -> SummaryShape:
    """Show all scans taken together."""
    counts = summary.counts
    return SummaryShape(
        critical_cnt=counts.critical,
        high_cnt=counts.high,
        medium_cnt=counts.medium,
        low_cnt=counts.low,
        none_cnt=0,
        unknown_cnt=counts.unknown,
        total_vuls=counts.critical + counts.high + counts.medium + counts.low + counts.unknown,
        scanned_cnt=counts.scanned,
        total_artifact=counts.artifacts,
        fixable_cnt=counts.fixable,
        dangerous_cves=[
            DangerousCveShape(
                one.id,
                Severity(one.severity).word,
                one.score or 0.0,
                one.details[:_DETAILS],
                one.package,
                one.version,
            )
            for one in summary.cves
        ],
        dangerous_artifacts=[
            DangerousArtifactShape(
                one.project_id, one.repository, one.digest, one.critical, one.high, one.medium
            )
            for one in summary.artifacts
        ],
    )


def vulnerability_shape(row: HubRow, *, with_tag: bool) -> VulnerabilityItem:
    """Show one of the list."""
    return VulnerabilityItem(
        project_id=row.project_id,
        repository_name=row.repository,
        digest=row.digest,
        tags=row.tags if with_tag else (),
        cve_id=row.id,
        severity=Severity(row.severity).word,
        status="fixed" if row.fixed else "affected",
        cvss_v3_score=row.score or 0.0,
        package=row.package,
        version=row.version,
        fixed_version=row.fixed,
        desc=row.details[:_DETAILS],
        links=row.links,
    )


def _filter(query: Query) -> HubFilter:
    severity, status = query.exact("severity"), query.exact("status")
    if severity is not None and severity.upper() not in Severity.__members__:
        raise SchemaViolated(f"severity in q must be a severity such as High, not {severity[:40]!r}")
    if status is not None and status not in ("fixed", "affected"):
        raise SchemaViolated(f"status in q must be fixed or affected, not {status[:40]!r}")
    project = query.exact("project_id")
    if project is not None and not (project.isascii() and project.isdigit() and len(project) < 19):
        raise SchemaViolated(f"project_id in q must be a number, not {project[:40]!r}")
    least, most = _scores(query)
    return HubFilter(
        cve=query.exact("cve_id"),
        severity=None if severity is None else int(Severity[severity.upper()]),
        package=query.exact("package"),
        repository=query.exact("repository_name"),
        project_id=None if project is None else int(project),
        digest=query.exact("digest"),
        tag=query.exact("tag"),
        is_fixed=None if status is None else status == "fixed",
        least_score=least,
        most_score=most,
    )


def _scores(query: Query) -> tuple[float | None, float | None]:
    """Read a score, or a range of scores as `[4.0~6.9]`."""
    term = query.terms.get("cvss_score_v3")
    if term is None:
        return None, None
    if isinstance(term, Range):
        return _score(term.low), _score(term.high)
    exact = _score(query.exact("cvss_score_v3"))
    return exact, exact


def _score(text: str | None) -> float | None:
    try:
        found = None if text is None else float(text)
    except ValueError:
        found = -1.0
    if found is not None and not 0.0 <= found <= 10.0:
        raise SchemaViolated(f"cvss_score_v3 in q must be a score from 0 to 10, not {str(text)[:40]!r}")
    return found


async def _summary(parts: ApiParts, request: ApiRequest) -> Response:
    found = await parts.scan.hub.summary(
        request.actor,
        with_cves=request.query_flag("with_dangerous_cve", default=False),
        with_artifacts=request.query_flag("with_dangerous_artifact", default=False),
    )
    return item(summary_shape(found))


async def _vulnerabilities(parts: ApiParts, request: ApiRequest) -> Response:
    page, wanted = request.page(), _filter(request.filters(*_KEYS))
    is_tuned = request.query_flag("tune_count", default=False)
    with_tag = request.query_flag("with_tag", default=False)
    found = await parts.scan.hub.vulnerabilities(request.actor, wanted, page, is_tuned=is_tuned)
    shapes = [vulnerability_shape(one, with_tag=with_tag) for one in found.items]
    return page_of(request, page, shapes, found.total)


HANDLERS: Final[Handlers] = {
    "getSecuritySummary": _summary,
    "ListVulnerabilities": _vulnerabilities,
}
