"""Debian's packages: `var/lib/dpkg/status`, and `status.d/*` of distroless images. Source: deb-control(5)."""

import re
from collections.abc import Iterator
from typing import Final

from havre.scanning.packages.model import Package, PackageKind

_FIELD: Final = re.compile(r"^(Package|Status|Version|Source|Architecture):[ \t]*(.*)$", re.MULTILINE)
_SOURCE: Final = re.compile(r"(\S+)(?:\s+\(([^)]+)\))?")
_BINARY_UPLOAD: Final = re.compile(r"\+b\d+\Z")


def parse_dpkg(path: str, content: bytes) -> Iterator[Package]:
    """Read the paragraphs of installed packages; a source without a version has that of the package."""
    for paragraph in re.split(r"\n[ \t]*\n", content.decode("utf-8", "replace")):
        fields = {name: value.strip() for name, value in _FIELD.findall(paragraph)}
        name, version = fields.get("Package", ""), fields.get("Version", "")
        status = fields.get("Status", "")
        if not name or not version or (status and not status.endswith(" installed")):
            continue
        found = _SOURCE.match(fields.get("Source", ""))
        yield Package(
            kind=PackageKind.DEB,
            name=name,
            version=version,
            source_name=found[1] if found else name,
            # what was built again without a change of the source has the source's version
            source_version=(found[2] if found and found[2] else _BINARY_UPLOAD.sub("", version)),
            arch=fields.get("Architecture", ""),
            path=path,
        )
