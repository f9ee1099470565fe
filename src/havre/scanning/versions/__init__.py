"""How each ecosystem orders versions. Pure; every comparison is total and never raises.

    from havre.scanning.versions import comparison
    comparison("dpkg")("1:1.0-1", "1.0-2")   # 1

What is no version by the rules of its ecosystem is put below what is, and by its text among its like.
"""

from collections.abc import Callable, Mapping
from typing import Final

from havre.scanning.versions.apk import compare_apk
from havre.scanning.versions.dpkg import compare_dpkg
from havre.scanning.versions.gem import compare_gem
from havre.scanning.versions.maven import compare_maven
from havre.scanning.versions.nuget import compare_nuget
from havre.scanning.versions.packagist import compare_packagist
from havre.scanning.versions.pypi import compare_pypi
from havre.scanning.versions.rpm import compare_rpm
from havre.scanning.versions.semver import compare_semver

Compare = Callable[[str, str], int]

SCHEMES: Final[Mapping[str, Compare]] = {
    "apk": compare_apk,
    "dpkg": compare_dpkg,
    "gem": compare_gem,
    "maven": compare_maven,
    "nuget": compare_nuget,
    "packagist": compare_packagist,
    "pypi": compare_pypi,
    "rpm": compare_rpm,
    "semver": compare_semver,
}

__all__ = ["SCHEMES", "Compare", "comparison"]


def comparison(scheme: str) -> Compare:
    """Give the comparison of a scheme: below, at or above zero as a is before, like or after b."""
    return SCHEMES[scheme]
