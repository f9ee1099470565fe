"""Python packages: `*.dist-info/METADATA`, `*.egg-info/PKG-INFO`, `*.egg-info`. Source: PEP 566, PEP 376."""

from collections.abc import Iterator

from havre.scanning.packages.model import Package, PackageKind


def parse_python(path: str, content: bytes) -> Iterator[Package]:
    """Read the head of a metadata file."""
    name = version = ""
    for line in content.decode("utf-8", "replace").splitlines():
        if not line.strip():
            break
        field, colon, value = line.partition(":")
        if colon and field.lower() == "name":
            name = name or value.strip()
        elif colon and field.lower() == "version":
            version = version or value.strip()
    if name and version:
        yield Package(PackageKind.PYPI, name, version, path=path)
