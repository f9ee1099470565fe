"""FriendsOfPHP's advisories: a file for each vulnerability, its versions by branches. Source: its README."""

from collections.abc import Mapping
from typing import Any, Final

from havre.scanning.advisories.constraints import parse_constraint
from havre.scanning.advisories.model import Advisory, Affected, Interval
from havre.scanning.advisories.names import normalised

SOURCE: Final = "php-security-advisories"
_PREFIX: Final = "composer://"


def parse_php(document: Mapping[str, Any], name: str) -> Advisory:
    """Read one file; `name` is its own, the id of what has no CVE.

    Raises: KeyError, ValueError, TypeError for what is none.
    """
    reference = str(document["reference"])
    if not reference.startswith(_PREFIX):
        raise ValueError(f"its reference {reference[:80]!r} is no {_PREFIX}")
    package = normalised("Packagist", reference.removeprefix(_PREFIX))
    intervals: list[Interval] = []
    for branch in document["branches"].values():
        intervals += parse_constraint(" ".join(str(one) for one in branch["versions"]))
    cve = str(document.get("cve") or "")
    return Advisory(
        id=cve if cve.startswith("CVE-") else f"FOP-{package.replace('/', '-')}-{name}",
        source=SOURCE,
        affected=(Affected("Packagist", package, tuple(intervals)),),
        title=str(document.get("title") or ""),
        links=(str(document["link"]),) if document.get("link") else (),
    )
