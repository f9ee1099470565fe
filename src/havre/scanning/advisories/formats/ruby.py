"""The Ruby Advisory Database: a file for each vulnerability of a gem. Source: the README of rubysec's."""

from collections.abc import Mapping
from typing import Any, Final

from havre.scanning.advisories.constraints import parse_constraints
from havre.scanning.advisories.cvss import severity_of_score
from havre.scanning.advisories.model import Advisory, Affected, Interval, Severity

SOURCE: Final = "ruby-advisory-db"


def parse_ruby(document: Mapping[str, Any]) -> Advisory:
    """Read one file.

    Raises: KeyError, ValueError, TypeError for what is none.
    """
    names = [
        f"{prefix}-{document[field]}"
        for prefix, field in (("CVE", "cve"), ("GHSA", "ghsa"), ("OSVDB", "osvdb"))
        if document.get(field)
    ]
    if not names:
        raise ValueError("it has none of cve, ghsa, osvdb")
    patched = parse_constraints(document.get("patched_versions") or ())
    unaffected = parse_constraints(document.get("unaffected_versions") or ())
    score = document.get("cvss_v3") or document.get("cvss_v2")
    related = (document.get("related") or {}).get("url") or ()
    affected = Affected(
        ecosystem="RubyGems",
        name=str(document["gem"]),
        # what names no versions at all says nothing of any
        intervals=(Interval(),) if patched or unaffected else (),
        safe=(*patched, *unaffected),
    )
    return Advisory(
        id=names[0],
        source=SOURCE,
        affected=(affected,),
        aliases=tuple(names[1:]),
        severity=severity_of_score(float(score)) if score else Severity.UNKNOWN,
        title=str(document.get("title") or ""),
        details=str(document.get("description") or ""),
        links=tuple(str(one) for one in (document.get("url"), *related) if one),
        published=str(document.get("date") or ""),
    )
