"""How ecosystems name packages, and how their versions are ordered. Pure."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_CVE: Final = re.compile(r"CVE-\d{4}-\d{4,}")
_RUNS: Final = re.compile(r"[-_.]+")
_SCHEMES: Final[Mapping[str, str]] = {
    "pypi": "pypi",
    "rubygems": "gem",
    "packagist": "packagist",
    "maven": "maven",
    "nuget": "nuget",
    **dict.fromkeys(("npm", "go", "crates.io", "bitnami", "node.js", "pub", "hex", "swifturl"), "semver"),
    **dict.fromkeys(("debian", "ubuntu", "echo"), "dpkg"),
    **dict.fromkeys(("alpine", "wolfi", "chainguard", "minimos"), "apk"),
    **dict.fromkeys(
        (
            *("almalinux", "rocky linux", "red hat", "opensuse", "suse", "fedora", "amazon linux", "mageia"),
            *("openeuler", "azure linux", "oracle linux", "photon os", "centos"),
        ),
        "rpm",
    ),
}


def normalised(ecosystem: str, name: str) -> str:
    """Give a name as it is compared: PyPI's by PEP 503, Composer's and NuGet's without case."""
    kind = ecosystem.partition(":")[0].lower()
    if kind == "pypi":
        return _RUNS.sub("-", name).lower()
    return name.lower() if kind in ("packagist", "nuget") else name


def is_cve(text: str) -> bool:
    """Tell whether a text is the id of a CVE."""
    return _CVE.fullmatch(text) is not None


def cves_in(texts: Iterable[object]) -> list[str]:
    """List the ids of CVEs that texts name."""
    return [one for text in texts for one in _CVE.findall(str(text))]


def scheme_of(ecosystem: str) -> str | None:
    """Name the order of an ecosystem's versions; None when we do not know it."""
    return _SCHEMES.get(ecosystem.partition(":")[0].lower())
