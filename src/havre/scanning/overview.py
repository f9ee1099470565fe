"""Reports as Harbor's clients read them: overviews of lists, and the vulnerabilities of an artifact. Pure.

Source: the scanner API v1.2, vulnerability report; Harbor's swagger, NativeReportSummary.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from havre.kernel.clock import shown_moment
from havre.scanning.advisories.model import Severity
from havre.scanning.scan_store import Scan
from havre.scanning.scanner_model import OWN_NAME
from havre.scanning.store import FoundRow

MIMES: Final = (
    "application/vnd.security.vulnerability.report; version=1.1",
    "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0",
)
OWN: Final = {"name": OWN_NAME, "vendor": OWN_NAME, "version": "1"}
WORDS: Final = {
    "pending": "Pending",
    "running": "Running",
    "success": "Success",
    "error": "Error",
    "stopped": "Stopped",
}
_PERCENT: Final = {"pending": 0, "running": 50}
_DETAILS: Final = 4096  # of a description; the whole is behind the links


def overview_of(scans: Sequence[Scan], found: Sequence[FoundRow]) -> str:
    """Write what lists show of the scans of an image, or of all images of an index."""
    worst = _status_of(scans)
    started = [one.started_at for one in scans if one.started_at]
    ended = [one.ended_at for one in scans if one.ended_at]
    counts = Counter(Severity(one.severity).word for one in found)
    document: dict[str, object] = {
        "report_id": scans[0].report_id,
        "scan_status": WORDS[worst],
        "severity": severity_word(found) if worst == "success" else "",
        "duration": max(0, (max(ended) - min(started)) // 1_000_000) if started and ended else 0,
        "summary": {
            "total": len(found),
            "fixable": sum(one.fixed != "" for one in found),
            "summary": dict(counts),
        },
        "start_time": shown_moment(min(started, default=0)),
        "end_time": shown_moment(max(ended, default=0)),
        "complete_percent": _PERCENT.get(worst, 100),
        "scanner": scanner_of(scans),
    }
    return msgspec.json.encode(document).decode()


def report_of(scans: Sequence[Scan], found: Mapping[str, Sequence[FoundRow]]) -> dict[str, object]:
    """Write the report of an image, or of all images of an index; by digest what each has."""
    merged: dict[tuple[str, str, str], dict[str, object]] = {}
    for digest, rows in found.items():
        for row in rows:
            item = merged.setdefault((row.id, row.package, row.version), _item(row))
            digests = item["artifact_digests"]
            assert isinstance(digests, list)
            if digest not in digests:
                digests.append(digest)
    every = [row for rows in found.values() for row in rows]
    return {
        "generated_at": shown_moment(max((one.ended_at for one in scans), default=0)),
        "scanner": scanner_of(scans),
        "severity": severity_word(every),
        "vulnerabilities": list(merged.values()),
    }


def scanner_of(scans: Sequence[Scan]) -> Mapping[str, str]:
    """Name the scanner that looked."""
    told = next((one.scanner for one in scans if one.scanner), "")
    return msgspec.json.decode(told, type=dict[str, str]) if told else OWN


def severity_word(found: Sequence[FoundRow]) -> str:
    """Name the worst; Harbor has a word for nothing."""
    return Severity(max(one.severity for one in found)).word if found else "None"


def _status_of(scans: Sequence[Scan]) -> str:
    statuses = {one.status for one in scans}
    return next(one for one in ("error", "stopped", "running", "pending", "success") if one in statuses)


def _item(row: FoundRow) -> dict[str, object]:
    vectors = {one[:6]: one for one in row.vectors}
    v3 = vectors.get("CVSS:3", "")
    return {
        "id": row.id,
        "package": row.package,
        "version": row.version,
        "fix_version": row.fixed,
        "severity": Severity(row.severity).word,
        "status": "fixed" if row.fixed else "affected",
        "description": row.details[:_DETAILS],
        "links": list(row.links),
        "artifact_digests": [],
        "preferred_cvss": {
            "score_v3": row.score,
            "score_v2": None,
            "vector_v3": v3,
            "vector_v2": "",
        },
        "cwe_ids": list(row.cwes),
        "vendor_attributes": {
            "source": row.source,
            "exploited_since": row.kev_date,
            "epss": row.epss,
        },
    }
