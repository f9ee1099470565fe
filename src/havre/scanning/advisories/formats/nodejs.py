"""The Node.js security working group's advisories, of npm packages and of Node.js itself.

Source: nodejs/security-wg, `vuln/npm`, `vuln/core`.
"""

from collections.abc import Mapping
from typing import Any, Final

from havre.scanning.advisories.constraints import parse_constraint
from havre.scanning.advisories.cvss import severity_of_vectors
from havre.scanning.advisories.model import Advisory, Affected, Interval, Severity
from havre.scanning.advisories.names import cves_in

SOURCE: Final = "nodejs-security-wg"
_WORDS: Final = {
    "low": Severity.LOW,
    "medium": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}


def parse_npm(document: Mapping[str, Any]) -> Advisory:
    """Read an advisory about a package.

    Raises: KeyError, ValueError, TypeError for what is none.
    """
    own = f"NSWG-ECO-{document['id']}"
    cves = cves_in(document.get("cves") or ())
    vector = str(document.get("cvss_vector") or "")
    vulnerable = _intervals(document.get("vulnerable_versions"))
    safe = _intervals(document.get("patched_versions"))
    affected = Affected(
        ecosystem="npm",
        name=str(document["module_name"]),
        intervals=vulnerable or (Interval(),),
        safe=safe,
    )
    return Advisory(
        id=own,
        source=SOURCE,
        affected=(affected,),
        aliases=tuple(cves),
        severity=severity_of_vectors([vector]) if vector else Severity.UNKNOWN,
        vectors=(vector,) if vector else (),
        title=str(document.get("title") or ""),
        details=str(document.get("overview") or ""),
        links=tuple(str(one) for one in document.get("references") or ()),
        published=str(document.get("publish_date") or ""),
        modified=str(document.get("updated_at") or ""),
    )


def parse_core(document: Mapping[str, Any], name: str) -> Advisory:
    """Read an advisory about Node.js; `name` is the file's, the id of what has no CVE.

    Raises: KeyError, ValueError, TypeError for what is none.
    """
    cves = cves_in(document.get("cve") or ())
    affected = Affected(
        ecosystem="Node.js",
        name="node",
        intervals=_intervals(document["vulnerable"]),
        safe=_intervals(document.get("patched")),
    )
    return Advisory(
        id=f"NSWG-CORE-{name}",
        source=SOURCE,
        affected=(affected,),
        aliases=tuple(cves),
        severity=_WORDS.get(str(document.get("severity") or "").lower(), Severity.UNKNOWN),
        title=str(document.get("description") or ""),
        details=str(document.get("overview") or ""),
        links=(str(document["ref"]),) if document.get("ref") else (),
    )


def _intervals(text: object) -> tuple[Interval, ...]:
    return parse_constraint(text) if isinstance(text, str) and text.strip() else ()
