"""Walk through a tar as it streams: names, kinds, and the content of files that somebody wants.

Source: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar
Format". Names are never used as paths of this machine.
"""

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from havre.adapters.layers.limits import LayerRefused, Limits

_BLOCK: Final = 512
_HEAD_BYTES: Final = 1 << 20  # a pax header or a long name; real ones have some hundred


class EntryKind(StrEnum):
    """What an entry is, as far as anybody here asks."""

    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    OTHER = "other"


_KINDS: Final = {
    **dict.fromkeys(b"\x0007", EntryKind.FILE),
    ord("1"): EntryKind.HARDLINK,
    ord("2"): EntryKind.SYMLINK,
    ord("5"): EntryKind.DIRECTORY,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its name without leading slashes and dots, where a link leads, and how large a file is."""

    name: str
    kind: EntryKind
    size: int
    target: str = ""


class Content:
    """The content of the file that was just told; read what is wanted before the next entry, or nothing."""

    def __init__(self, pieces: "_Pieces", size: int) -> None:
        self._pieces = pieces
        self.left = size

    def read(self, size: int) -> bytes:
        """Read at most so many bytes, none at the end. Raises: LayerRefused."""
        count = min(size, self.left)
        self.left -= count
        return self._pieces.take(count)

    def skip(self) -> None:
        """Pass over the rest."""
        self._pieces.skip(self.left)
        self.left = 0


def walk(pieces: Iterator[bytes], limits: Limits, see: Callable[[Entry, Content], None]) -> int:
    """Tell `see` of every entry in order; return how many they were.

    Raises: LayerRefused for what is no tar, ends too soon, or holds more than it may.
    """
    source, count, pax, long_name, long_target = _Pieces(pieces), 0, dict[str, str](), "", ""
    while (head := source.block()) is not None:
        if not any(head):
            continue  # two of them end a tar; what follows may be another one
        _check(head)
        size, kind = _number(head[124:136]), head[156]
        if kind in b"xgLK":
            _refuse_large(size)
            body = source.take(size)
            source.skip(-size % _BLOCK)
            if kind == ord("L"):
                long_name = _text(body)
            elif kind == ord("K"):
                long_target = _text(body)
            elif kind == ord("x"):
                pax = _pax(body)
            continue
        count += 1
        if count > limits.entries:
            raise LayerRefused(f"the layer has more than {limits.entries} entries")
        entry = _entry(head, pax, long_name, long_target)
        pax, long_name, long_target = {}, "", ""
        if len(entry.name) > limits.path:
            raise LayerRefused(f"the layer has a name of more than {limits.path} characters")
        body_size = entry.size if entry.kind in (EntryKind.FILE, EntryKind.OTHER) else 0
        content = Content(source, body_size)
        see(entry, content)
        content.skip()
        source.skip(-body_size % _BLOCK)
    return count


def _entry(head: bytes, pax: dict[str, str], long_name: str, long_target: str) -> Entry:
    name = pax.get("path") or long_name or _ustar_name(head)
    target = pax.get("linkpath") or long_target or _text(head[157:257])
    kind = _KINDS.get(head[156], EntryKind.OTHER)
    if kind is EntryKind.FILE and name.endswith("/"):
        kind = EntryKind.DIRECTORY  # as tar before POSIX wrote it
    size = int(pax["size"]) if pax.get("size", "").isdigit() else _number(head[124:136])
    return Entry(clean_name(name), kind, size, target)


def clean_name(name: str) -> str:
    """Give a name relative to the root; what climbs above the root stays at it."""
    return posixpath.normpath("/" + name).lstrip("/")


def _ustar_name(head: bytes) -> str:
    name, prefix = _text(head[:100]), ""
    if head[257:263] == b"ustar\0":
        prefix = _text(head[345:500])
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "backslashreplace")


def _number(field: bytes) -> int:
    """Read octal digits, or GNU's base 256. Raises: LayerRefused."""
    if field[0] & 0x80:
        found = int.from_bytes(bytes([field[0] & 0x7F, *field[1:]]), "big")
        if field[0] == 0xFF or found >= 1 << 62:
            raise LayerRefused("the layer has a file of a size that cannot be")
        return found
    digits = field.strip(b" \0")
    try:
        return int(digits, 8) if digits else 0
    except ValueError as error:
        raise LayerRefused("the layer has a tar header whose size is no number") from error


def _check(head: bytes) -> None:
    """Prove the sum of a header, also as old tars made it, of signed characters."""
    told = _number(head[148:156])
    rest = head[:148] + b" " * 8 + head[156:]
    total = sum(rest)
    if told != total and told != total - 256 * sum(1 for byte in rest if byte > 127):
        raise LayerRefused("the layer is no tar: a header does not prove true")


def _pax(body: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    at = 0
    while at < len(body):
        space = body.find(b" ", at, at + 20)
        if space < 0 or not body[at:space].isdigit():
            break  # padding, or nonsense: what was read counts
        end = at + int(body[at:space])
        name, _, value = body[space + 1 : end - 1].partition(b"=")
        text = value.decode("utf-8", "backslashreplace").replace("\0", "\\0")
        found[name.decode("utf-8", "replace")] = text
        at = max(end, space + 1)
    return found


def _refuse_large(size: int) -> None:
    if size > _HEAD_BYTES:
        raise LayerRefused(f"the layer has a header of {size} bytes")


class _Pieces:
    """Bytes of a stream by count."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._piece = b""
        self._at = 0

    def block(self) -> bytes | None:
        """Read a header; None at the end."""
        if self._at + _BLOCK <= len(self._piece):
            found = self._piece[self._at : self._at + _BLOCK]
            self._at += _BLOCK
            return found
        found = self._upto(_BLOCK)
        if not found:
            return None
        if len(found) < _BLOCK:
            if not any(found):
                return None
            raise LayerRefused("the layer ends in the middle of a tar header")
        return found

    def take(self, count: int) -> bytes:
        """Read exactly so many. Raises: LayerRefused at the end."""
        found = self._upto(count)
        if len(found) < count:
            raise LayerRefused("the layer ends in the middle of a file")
        return found

    def skip(self, count: int) -> None:
        """Pass over exactly so many. Raises: LayerRefused at the end."""
        while count > 0:
            there = len(self._piece) - self._at
            if there >= count:
                self._at += count
                return
            count -= there
            if not self._next():
                raise LayerRefused("the layer ends in the middle of a file")

    def _upto(self, count: int) -> bytes:
        end = self._at + count
        if end <= len(self._piece):
            found = self._piece[self._at : end]
            self._at = end
            return found
        parts = [self._piece[self._at :]]
        left = count - len(parts[0])
        while left > 0 and self._next():
            part = self._piece[:left]
            self._at = len(part)
            parts.append(part)
            left -= len(part)
        if left > 0:
            self._piece, self._at = b"", 0
        return b"".join(parts)

    def _next(self) -> bool:
        self._piece, self._at = next(self._pieces, b""), 0
        return bool(self._piece)
