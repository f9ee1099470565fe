"""Reports of `havre scan` for programmes: our own JSON, and SARIF 2.1.0 (OASIS) for code hosts."""

from collections.abc import Callable, Sequence
from typing import Final

from havre.assembly.local_scans import Scanned
from havre.scanning.advisories.model import Severity
from havre.scanning.findings import Finding
from havre.scanning.record import Inventory

Kept = Sequence[tuple[Scanned, Sequence[Finding]]]
_LEVELS: Final = {Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning"}
_SCORES: Final = {  # as code hosts read `security-severity`
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.NEGLIGIBLE: "0.1",
    Severity.UNKNOWN: "0.0",
}


def json_of(kept: Kept) -> dict[str, object]:
    """Write all of it."""
    return {
        "images": [
            {
                "name": one.image.name,
                "platform": one.image.platform,
                "system": {"id": one.report.system.id, "version": one.report.system.version},
                "states": [str(state) for state in one.report.states],
                "faults": list(one.report.faults),
                "packages": one.report.packages,
                "vulnerabilities": [_finding(hit) for hit in findings],
            }
            for one, findings in kept
        ]
    }


def _finding(hit: Finding) -> dict[str, object]:
    return {
        "id": hit.id,
        "severity": hit.severity.word,
        "package": hit.component.name,
        "version": hit.component.version,
        "type": str(hit.component.kind),
        "paths": list(hit.paths),
        "source_package": hit.component.source_name,
        "fix_version": hit.fixed,
        "source": hit.source,
        "advisory": hit.advisory,
        "exploited_since": hit.note.kev_date if hit.note is not None else "",
        "epss": hit.note.epss if hit.note is not None else None,
    }


def bom_of(kept: Kept, write: Callable[[str, str, Inventory], dict[str, object]]) -> dict[str, object]:
    """Write what the one image holds."""
    [(one, _)] = kept
    return write(one.image.name, one.image.digest, one.inventory)


def sarif_of(kept: Kept) -> dict[str, object]:
    """Write a run with a rule for each vulnerability and a result for each package that has it."""
    rules: dict[str, dict[str, object]] = {}
    results: list[dict[str, object]] = []
    for one, findings in kept:
        for hit in findings:
            rules.setdefault(hit.id, _rule(hit))
            results.append(_result(one, hit))
    driver = {"name": "havre", "rules": list(rules.values())}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "invocations": [{"executionSuccessful": not any(one.report.faults for one, _ in kept)}],
                "results": results,
            }
        ],
    }


def _rule(hit: Finding) -> dict[str, object]:
    return {
        "id": hit.id,
        "shortDescription": {"text": f"{hit.id}: {hit.severity.word}"},
        "properties": {"security-severity": _SCORES[hit.severity], "tags": ["vulnerability", "security"]},
    }


def _result(one: Scanned, hit: Finding) -> dict[str, object]:
    fixed = f"; fixed in {hit.fixed}" if hit.fixed else "; no fix is known"
    text = f"{hit.component.name} {hit.component.version} of {one.image.name} has {hit.id}{fixed}"
    where = {"artifactLocation": {"uri": next(iter(hit.paths), "") or one.image.name}}
    return {
        "ruleId": hit.id,
        "level": _LEVELS.get(hit.severity, "note"),
        "message": {"text": text},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {"finding/v1": f"{hit.id}|{hit.component.name}|{hit.component.version}"},
    }
