"""Debian's security tracker: its lists of advisories (DSA, DLA), and its JSON of everything it tracks.

Source: security-tracker.debian.org, `data/DSA/list`, `data/json`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from havre.scanning.advisories.model import Advisory, Affected, Interval, Severity
from havre.scanning.advisories.names import cves_in

SOURCE: Final = "debian-tracker"
LIST_SOURCE: Final = "debian-list"
RELEASES: Final[Mapping[str, str]] = {
    "sarge": "3.1",
    "etch": "4",
    "lenny": "5",
    "squeeze": "6",
    "wheezy": "7",
    "jessie": "8",
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
}
_HEAD: Final = re.compile(r"\[(?P<date>[^\]]+)\] (?P<id>D[SLT]A-\d+(?:-\d+)?) (?P<rest>.*)")
_FIX: Final = re.compile(r"\s+\[(?P<release>\w+)\] - (?P<package>\S+) (?P<version>\S+)")
_STATES: Final = frozenset({"<not-affected>", "<unfixed>", "<end-of-life>", "<removed>", "<undetermined>"})
_URGENCIES: Final = {
    "unimportant": Severity.NEGLIGIBLE,
    "low": Severity.LOW,
    "low**": Severity.LOW,
    "medium": Severity.MEDIUM,
    "medium**": Severity.MEDIUM,
    "high": Severity.HIGH,
    "high**": Severity.HIGH,
}


def parse_list(text: str) -> Iterator[Advisory]:
    """Read a list of advisories: each fixes some CVEs in some releases."""
    head: re.Match[str] | None = None
    cves: list[str] = []
    affected: list[Affected] = []
    for line in [*text.splitlines(), "[end] DSA-0 end"]:
        found = _HEAD.match(line)
        if found is not None:
            if head is not None and affected:
                yield Advisory(
                    id=head["id"],
                    source=LIST_SOURCE,
                    affected=tuple(affected),
                    cves=tuple(dict.fromkeys(cves)),
                    title=head["rest"],
                )
            head, cves, affected = found, [], []
            continue
        cves += cves_in([line]) if line.strip().startswith("{") else ()
        fix = _FIX.match(line)
        if fix is None or fix["version"] in _STATES or fix["release"] not in RELEASES:
            continue
        ecosystem = f"Debian:{RELEASES[fix['release']]}"
        affected.append(Affected(ecosystem, fix["package"], (Interval("", fix["version"]),)))


def parse_tracker(document: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[Advisory]:
    """Read the JSON: package -> CVE -> releases -> status, fixed version, urgency.

    Raises: TypeError, AttributeError for what is none.
    """
    for package, cves in document.items():
        for cve, facts in cves.items():
            affected, severity = [], Severity.UNKNOWN
            for release, state in (facts.get("releases") or {}).items():
                found = _of_release(package, release, state)
                if found is not None:
                    affected.append(found)
                    severity = max(severity, _URGENCIES.get(str(state.get("urgency")), Severity.UNKNOWN))
            if affected:
                details = str(facts.get("description") or "")
                yield Advisory(cve, SOURCE, tuple(affected), severity=severity, details=details)


def _of_release(package: str, release: str, state: Mapping[str, Any]) -> Affected | None:
    number = RELEASES.get(release)
    fixed = str(state.get("fixed_version") or "")
    if number is None or (state.get("status") == "resolved" and fixed == "0"):
        return None  # it never concerned the release
    interval = Interval("", fixed) if state.get("status") == "resolved" else Interval()
    return Affected(f"Debian:{number}", package, (interval,), qualifier=str(state.get("nodsa_reason") or ""))
