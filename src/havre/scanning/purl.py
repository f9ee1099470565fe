"""Package URLs. Pure. Source: package-url/purl-spec, the core and its types."""

from collections.abc import Mapping
from urllib.parse import quote

from havre.scanning.packages.model import SYSTEM_KINDS, Package, PackageKind
from havre.scanning.record import System


def purl_of(system: System, package: Package) -> str:
    """Name a package by its URL; those of a system have its distribution for a namespace."""
    namespace, name = _name(system, package)
    qualifiers: dict[str, str] = {}
    if package.kind in SYSTEM_KINDS:
        version, epoch = _version(package)
        qualifiers = {
            "arch": package.arch,
            "distro": f"{system.id}-{system.version}" if system.id and system.version else "",
            "epoch": epoch,
            "upstream": package.source_name if package.source_name != package.name else "",
        }
    else:
        version = package.version
    path = "/".join(quote(part, safe="") for part in (*namespace, name))
    return f"pkg:{package.kind}/{path}@{quote(version, safe='')}{_query(qualifiers)}"


def _name(system: System, package: Package) -> tuple[tuple[str, ...], str]:
    if package.kind in SYSTEM_KINDS:
        return ((system.id,) if system.id else ()), package.name
    if package.kind is PackageKind.PYPI:
        return (), package.name.lower().replace("_", "-")
    if package.kind is PackageKind.MAVEN:
        group, _, artifact = package.name.rpartition(":")
        return ((group,) if group else ()), artifact
    *namespace, name = package.name.split("/")
    return tuple(namespace), name


def _version(package: Package) -> tuple[str, str]:
    """RPM's epoch is a qualifier; Debian's belongs to the version."""
    if package.kind is PackageKind.RPM and ":" in package.version:
        epoch, _, version = package.version.partition(":")
        return version, epoch
    return package.version, ""


def _query(qualifiers: Mapping[str, str]) -> str:
    found = "&".join(f"{name}={quote(value, safe='')}" for name, value in sorted(qualifiers.items()) if value)
    return f"?{found}" if found else ""
