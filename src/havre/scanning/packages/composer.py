"""Composer's packages: `vendor/composer/installed.json`, version 1 and 2. Source: its documentation."""

from collections.abc import Iterator

import msgspec

from havre.scanning.packages.model import Package, PackageFault, PackageKind


def parse_composer(path: str, content: bytes) -> Iterator[Package]:
    """Read one file. Raises: PackageFault for what is no JSON."""
    try:
        document = msgspec.json.decode(content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise PackageFault(f"{path} is no JSON: {error}") from error
    listed = document.get("packages") if isinstance(document, dict) else document
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict):
            continue
        name, version = one.get("name"), one.get("version")
        if isinstance(name, str) and isinstance(version, str) and name and version:
            yield Package(PackageKind.COMPOSER, name.lower(), version.removeprefix("v"), path=path)
