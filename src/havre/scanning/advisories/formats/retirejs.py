"""RetireJS: libraries that browsers load, and npm packages. Source: RetireJS/retire.js, `repository/`."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from havre.scanning.advisories.model import Advisory, Affected, Interval, Severity
from havre.scanning.advisories.names import cves_in

SOURCE: Final = "retirejs"
_ECOSYSTEM: Final = "RetireJS"


def parse_retirejs(document: Mapping[str, Any]) -> Iterator[Advisory]:
    """Read a repository, an advisory for each vulnerability; what has no name of its own is numbered.

    They are about libraries as browsers load them, and not held against what npm installed: for that there
    are better sources, of which these are copies without their names.

    Raises: TypeError, AttributeError for what is none.
    """
    for library, facts in document.items():
        name = str(facts.get("npmname") or library)
        for number, one in enumerate(facts.get("vulnerabilities") or ()):
            names = one.get("identifiers") or {}
            cves = cves_in(names.get("CVE") or ())
            ghsa = [str(names["githubID"])] if names.get("githubID") else []
            low, high = str(one.get("atOrAbove") or ""), str(one.get("below") or "")
            yield Advisory(
                id=next(iter((*cves, *ghsa)), f"RETIREJS-{name}-{number + 1}"),
                source=SOURCE,
                affected=(Affected(_ECOSYSTEM, name, (Interval(low, high),)),),
                aliases=(*cves[1:], *(ghsa if cves else ())),
                severity=Severity.__members__.get(str(one.get("severity") or "").upper(), Severity.UNKNOWN),
                cwes=tuple(str(cwe) for cwe in one.get("cwe") or ()),
                title=str(names.get("summary") or ""),
                links=tuple(str(link) for link in one.get("info") or ()),
            )
