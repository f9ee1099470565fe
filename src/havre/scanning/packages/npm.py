"""npm's packages: `node_modules/**/package.json`. Source: docs.npmjs.com, "package.json"."""

from collections.abc import Iterator

import msgspec

from havre.scanning.packages.model import Package, PackageFault, PackageKind


def parse_npm(path: str, content: bytes) -> Iterator[Package]:
    """Read one file. Raises: PackageFault for what is no JSON."""
    try:
        document = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError) as error:
        raise PackageFault(f"{path} is no JSON: {error}") from error
    if not isinstance(document, dict):
        return
    name, version = document.get("name"), document.get("version")
    if isinstance(name, str) and isinstance(version, str) and name and version:
        yield Package(PackageKind.NPM, name, version, path=path)
