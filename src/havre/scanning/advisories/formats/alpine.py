"""Alpine's security database, as YAML or JSON: which version of a package fixed what.

Source: secdb.alpinelinux.org, `v3.20/main.json`. The version 0 says that a CVE never concerned the package.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from havre.scanning.advisories.model import Advisory, Affected, Interval
from havre.scanning.versions.apk import compare_apk

_ID: Final = re.compile(r"(?:CVE-\d{4}-\d{4,}|GHSA-[\w-]+|[A-Z]+-\d[\w-]*)")
SOURCE: Final = "alpine-secdb"


def parse_alpine(document: Mapping[str, Any]) -> Iterator[Advisory]:
    """Read one file, of one release and repository: an advisory for each CVE.

    Raises: KeyError, TypeError, AttributeError for what is none.
    """
    release = str(document["distroversion"])
    ecosystem = f"Alpine:{release if release.startswith('v') or release == 'edge' else f'v{release}'}"
    fixes: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for entry in document["packages"] or ():
        package = entry["pkg"]
        for version, ids in (package.get("secfixes") or {}).items():
            if str(version).strip() == "0":
                continue
            for text in ids or ():
                for one in _ID.findall(str(text)):
                    _note_fix(fixes[one], str(package["name"]), str(version).strip())
    for one, found in fixes.items():
        affected = tuple(Affected(ecosystem, name, (Interval("", fix),)) for name, fix in found.items())
        yield Advisory(id=one, source=SOURCE, affected=affected)


def _note_fix(fixes: dict[str, str], package: str, version: str) -> None:
    """Of two versions that are said to fix the same, the lower one did."""
    known = fixes.get(package)
    if known is None or compare_apk(version, known) < 0:
        fixes[package] = version
