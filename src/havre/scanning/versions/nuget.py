"""NuGet versions: up to four numbers, the rest as semver without regard to case.

Source: Microsoft's documentation, "NuGet package versioning".
"""

from havre.scanning.versions.semver import compare_semver


def compare_nuget(a: str, b: str) -> int:
    """Compare two versions."""
    return compare_semver(a.lower(), b.lower())
