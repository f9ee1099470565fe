"""Rust's crates, from what cargo-auditable puts into programmes: packed JSON in a section `.dep-v0`.

Source: rust-secure-code/cargo-auditable, PARSING.md.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Final

import msgspec

from havre.scanning.packages.model import Package, PackageFault, PackageKind

SECTION: Final = b".dep-v0"
_LARGEST: Final = 8 << 20


def parse_cargo(path: str, content: bytes) -> Iterator[Package]:
    """Read an ELF file that was kept whole. Raises: PackageFault."""
    packed = _section(content)
    if packed is None:
        return
    try:
        machine = zlib.decompressobj()
        document = msgspec.json.decode(machine.decompress(packed, _LARGEST))
        for one in document["packages"]:
            if one.get("kind", "runtime") == "runtime":
                yield Package(PackageKind.CARGO, str(one["name"]), str(one["version"]), path=path)
    except (zlib.error, msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
        raise PackageFault(f"{path} has a list of crates that cannot be read: {error}") from error


def _section(content: bytes) -> bytes | None:
    """Find the section by the table of an ELF file of either width and byte order."""
    if content[:4] != b"\x7fELF" or len(content) < 64:
        return None
    is_wide, order = content[4] == 2, "<" if content[5] == 1 else ">"
    try:
        if is_wide:
            offset = struct.unpack_from(f"{order}Q", content, 40)[0]
            size, count, names = struct.unpack_from(f"{order}HHH", content, 58)
        else:
            offset = struct.unpack_from(f"{order}I", content, 32)[0]
            size, count, names = struct.unpack_from(f"{order}HHH", content, 46)
        table = [_row(content, offset + at * size, is_wide, order) for at in range(count)]
        name_at = table[names][1]
        for name, start, length in table:
            if content[name_at + name : name_at + name + len(SECTION) + 1] == SECTION + b"\0":
                return content[start : start + length]
    except (struct.error, IndexError):
        return None
    return None


def _row(content: bytes, at: int, is_wide: bool, order: str) -> tuple[int, int, int]:
    """Read name, offset and size of one section."""
    if is_wide:
        name = struct.unpack_from(f"{order}I", content, at)[0]
        start, length = struct.unpack_from(f"{order}QQ", content, at + 24)
    else:
        name = struct.unpack_from(f"{order}I", content, at)[0]
        start, length = struct.unpack_from(f"{order}II", content, at + 16)
    return name, start, length
