"""Ruby's gems: `specifications/*.gemspec`. Source: RubyGems, the stub line and the specification."""

import re
from collections.abc import Iterator
from typing import Final

from havre.scanning.packages.model import Package, PackageKind

_STUB: Final = re.compile(r"^# stub: (\S+) (\S+) ", re.MULTILINE)
_NAME: Final = re.compile(r"^\s*\w+\.name\s*=\s*[\"'%q({]*([\w.-]+)", re.MULTILINE)
_VERSION: Final = re.compile(
    r"^\s*\w+\.version\s*=\s*(?:Gem::Version\.new\s*\(?\s*)?[\"']([^\"']+)", re.MULTILINE
)


def parse_gem(path: str, content: bytes) -> Iterator[Package]:
    """Read one file: its first line tells all, else its statements do."""
    text = content.decode("utf-8", "replace")
    stub = _STUB.search(text)
    if stub is not None:
        yield Package(PackageKind.GEM, stub[1], stub[2], path=path)
        return
    name, version = _NAME.search(text), _VERSION.search(text)
    if name is not None and version is not None:
        yield Package(PackageKind.GEM, name[1], version[1], path=path)
