"""Go's modules, from the build information inside of programmes.

Source: Go's package debug/buildinfo: the magic, a flag that strings stand inline, the module text between two
marks of 16 bytes. Programmes of Go before 1.18 point to their strings instead, which is not followed.
"""

import re
from collections.abc import Iterator
from typing import Final

from havre.scanning.packages.model import Package, PackageFault, PackageKind

MAGIC: Final = b"\xff Go buildinf:"
_HEAD: Final = 32
_INLINE: Final = 2
_MARK: Final = 16
_VERSION: Final = re.compile(r"go(\d+(?:\.\d+)*(?:(?:rc|beta)\d+)?)")


def parse_go(path: str, content: bytes) -> Iterator[Package]:
    """Read what stands from the magic on. Raises: PackageFault."""
    if len(content) < _HEAD or not content[15] & _INLINE:
        raise PackageFault(f"{path} was built by Go before 1.18: its modules are not read")
    toolchain, at = _string(content, _HEAD, path)
    modules, _ = _string(content, at, path)
    version = _VERSION.match(toolchain)
    if version is not None:
        yield Package(PackageKind.GO, "stdlib", version[1], path=path)
    text = modules[_MARK:-_MARK] if len(modules) >= 2 * _MARK else modules
    pending: Package | None = None
    for line in text.split("\n"):
        kind, *fields = line.split("\t")
        if kind == "=>" and len(fields) >= 2 and pending is not None:
            pending = Package(PackageKind.GO, fields[0], fields[1], path=path)
        elif kind in ("mod", "dep") and len(fields) >= 2:
            if pending is not None:
                yield pending
            pending = Package(PackageKind.GO, fields[0], fields[1], path=path)
    if pending is not None:
        yield pending


def _string(content: bytes, at: int, path: str) -> tuple[str, int]:
    """Read a string behind its length, which is written in groups of seven bits."""
    length = shift = 0
    while True:
        if at >= len(content) or shift > 28:
            raise PackageFault(f"{path} has build information of Go that breaks off")
        byte = content[at]
        length |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            break
    if at + length > len(content):
        raise PackageFault(f"{path} has build information of Go that breaks off")
    return content[at : at + length].decode("utf-8", "replace"), at + length
