"""RPM's packages: the header of each as its database keeps it.

Source: rpm's documentation, "Package format, header structure": counts, an index of 16 bytes an entry, data.
"""

import struct
from collections.abc import Iterator
from typing import Final

from havre.scanning.packages.model import Package, PackageFault, PackageKind

_NAME, _VERSION, _RELEASE, _EPOCH = 1000, 1001, 1002, 1003
_VENDOR, _ARCH, _SOURCE = 1011, 1022, 1044
_DIR_INDEXES, _BASENAMES, _DIRNAMES, _MODULARITY = 1116, 1117, 1118, 5096
_ENTRIES: Final = 1000
_INT32, _STRING, _STRING_ARRAY = 4, 6, 8
_KEYS: Final = "gpg-pubkey"  # a key that rpm keeps like a package
Header = dict[int, tuple[int, int, int]]


def parse_rpm(path: str, header: bytes) -> tuple[Package | None, tuple[str, ...]]:
    """Read one header: the package, and the files it owns. Raises: PackageFault."""
    try:
        index, data = _index(header)
        name = _text(index, data, _NAME)
        if not name or name == _KEYS:
            return None, ()
        epoch = _number(index, data, _EPOCH)
        version = f"{_text(index, data, _VERSION)}-{_text(index, data, _RELEASE)}"
        found = Package(
            kind=PackageKind.RPM,
            name=name,
            version=f"{epoch}:{version}" if epoch else version,
            source_name=_source_name(_text(index, data, _SOURCE)),
            arch=_text(index, data, _ARCH),
            path=path,
            modularity=_text(index, data, _MODULARITY),
            vendor=_text(index, data, _VENDOR),
        )
        return found, tuple(_files(index, data))
    except (struct.error, IndexError, ValueError) as error:
        raise PackageFault(f"{path} holds a package that cannot be read: {error}") from error


def _index(header: bytes) -> tuple[Header, bytes]:
    count, size = struct.unpack_from(">II", header)
    if count > _ENTRIES or 8 + count * 16 + size > len(header):
        raise ValueError("its index does not fit")
    found: Header = {}
    for at in range(count):
        tag, kind, offset, number = struct.unpack_from(">IIII", header, 8 + at * 16)
        found[tag] = (kind, offset, number)
    return found, header[8 + count * 16 : 8 + count * 16 + size]


def _text(index: Header, data: bytes, tag: int) -> str:
    kind, offset, _ = index.get(tag, (0, 0, 0))
    if kind not in (_STRING, _STRING_ARRAY, 9):  # 9 is a text in several languages
        return ""
    return data[offset : data.index(b"\0", offset)].decode("utf-8", "replace")


def _number(index: Header, data: bytes, tag: int) -> int:
    kind, offset, _ = index.get(tag, (0, 0, 0))
    return int(struct.unpack_from(">I", data, offset)[0]) if kind == _INT32 else 0


def _texts(index: Header, data: bytes, tag: int) -> list[str]:
    kind, offset, number = index.get(tag, (0, 0, 0))
    if kind != _STRING_ARRAY or number > len(data):
        return []
    return [one.decode("utf-8", "backslashreplace") for one in data[offset:].split(b"\0", number)[:number]]


def _files(index: Header, data: bytes) -> Iterator[str]:
    directories, names = _texts(index, data, _DIRNAMES), _texts(index, data, _BASENAMES)
    kind, offset, number = index.get(_DIR_INDEXES, (0, 0, 0))
    if kind != _INT32 or number != len(names):
        return
    for name, at in zip(names, struct.unpack_from(f">{number}I", data, offset), strict=True):
        yield f"{directories[at]}{name}".lstrip("/")


def _source_name(text: str) -> str:
    """Take the name of a source package's file: name-version-release.src.rpm."""
    return text.removesuffix(".src.rpm").rsplit("-", 2)[0] if text.endswith(".src.rpm") else ""
