"""The Open Source Vulnerability format, version 1.7. Source: ossf.github.io/osv-schema.

Read too: dumps of Go, PyPI, AlmaLinux, Bitnami, Debian, Alpine, Ubuntu, Rocky and every other in that format.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from havre.scanning.advisories.cvss import severity_of_vectors
from havre.scanning.advisories.model import Advisory, Affected, Interval, Severity
from havre.scanning.advisories.names import is_cve, normalised

_NO_SECURITY: Final = re.compile(r"(?:AL|RL|RH|EL)[BE]A-")
_RANGES: Final = frozenset({"ECOSYSTEM", "SEMVER"})
_WORDS: Final[Mapping[str, Severity]] = {
    "CRITICAL": Severity.CRITICAL,
    "IMPORTANT": Severity.HIGH,
    "HIGH": Severity.HIGH,
    "MODERATE": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
    "NEGLIGIBLE": Severity.NEGLIGIBLE,
    "UNIMPORTANT": Severity.NEGLIGIBLE,
}
Document = Mapping[str, Any]


def parse_osv(document: Document, source: str) -> Advisory:
    """Read one record.

    Raises: KeyError, TypeError, ValueError, AttributeError for what is none.
    """
    own = str(document["id"])
    aliases = _texts(document.get("aliases"))
    vectors = tuple(_vectors(document))
    summary = str(document.get("summary") or "")
    return Advisory(
        id=own,
        source=source,
        # bug fixes and enhancements of distributions are no vulnerabilities
        affected=() if _NO_SECURITY.match(own) else tuple(_affected(document)),
        aliases=tuple(aliases),
        cves=_cves(document, aliases),
        severity=_severity(document, vectors, summary),
        vectors=vectors,
        cwes=tuple(_texts((document.get("database_specific") or {}).get("cwe_ids"))),
        title=summary,
        details=str(document.get("details") or ""),
        links=tuple(str(one["url"]) for one in document.get("references") or () if one.get("url")),
        published=str(document.get("published") or ""),
        modified=str(document.get("modified") or ""),
        is_withdrawn=bool(document.get("withdrawn")),
    )


def _cves(document: Document, aliases: Sequence[str]) -> tuple[str, ...]:
    """List what it is about when its names do not say so; distributions alone mean that by `related`."""
    named = [one for one in aliases if is_cve(one)]
    about = [one for one in _texts(document.get("upstream")) if is_cve(one)]
    if not named and not about:
        about = [one for one in _texts(document.get("related")) if is_cve(one)]
    return tuple(dict.fromkeys((*(named if len(named) > 1 or about else ()), *about)))


def _affected(document: Document) -> Iterator[Affected]:
    for one in document.get("affected") or ():
        package = one.get("package") or {}
        ecosystem, name = str(package.get("ecosystem") or ""), str(package.get("name") or "")
        if not ecosystem or not name:
            continue
        intervals: list[Interval] = []
        for ranged in one.get("ranges") or ():
            if ranged.get("type") in _RANGES:
                intervals += _intervals(ranged.get("events") or ())
        specific = one.get("ecosystem_specific") or {}
        yield Affected(
            ecosystem=ecosystem,
            name=normalised(ecosystem, name),
            intervals=tuple(intervals),
            versions=frozenset(_texts(one.get("versions"))),
            modularity=str(specific.get("module") or ""),
        )


def _intervals(events: Sequence[Mapping[str, Any]]) -> Iterator[Interval]:
    """Read a range: its events are in the order of the versions as every source that we know writes them."""
    low: str | None = None
    for event in events:
        if "introduced" in event:
            if low is not None:
                continue  # introduced twice: the earlier stands
            low = str(event["introduced"])
        elif "fixed" in event or "limit" in event:
            yield Interval(_bound(low), str(event.get("fixed", event.get("limit"))))
            low = None
        elif "last_affected" in event:
            yield Interval(_bound(low), str(event["last_affected"]), has_high=True)
            low = None
    if low is not None:
        yield Interval(_bound(low))


def _bound(low: str | None) -> str:
    return "" if low in (None, "0") else str(low)


def _vectors(document: Document) -> Iterator[str]:
    scored = [*(document.get("severity") or ())]
    for one in document.get("affected") or ():
        scored += one.get("severity") or ()
    yield from dict.fromkeys(str(one["score"]) for one in scored if str(one.get("score", "")).strip())


def _severity(document: Document, vectors: Sequence[str], summary: str) -> Severity:
    specific = document.get("database_specific") or {}
    said = [specific.get("severity"), *(one.get("score") for one in document.get("severity") or ())]
    for one in document.get("affected") or ():
        for part in ("ecosystem_specific", "database_specific"):
            found = one.get(part) or {}
            said += [found.get("severity"), found.get("urgency")]
    said.append(summary.partition(":")[0])  # AlmaLinux and Rocky begin with the word
    for word in said:
        if isinstance(word, str) and word.upper() in _WORDS:
            return _WORDS[word.upper()]
    return severity_of_vectors(vectors)


def _texts(found: object) -> list[str]:
    return [str(one) for one in found] if isinstance(found, list) else []
