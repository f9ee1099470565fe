"""Read one small file out of a tar, packed or not, and unpack nothing else. Pure; input may be hostile.

Nothing is written anywhere and links are not followed, so names can play no tricks; what is read, unpacked
and looked at is bounded. The stdlib's tarfile is not used: some crafted headers keep it busy for ever.
Source: POSIX pax interchange format; GNU tar, "Extensions to the Archive Format".
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Final

import zstandard

FILE_LIMIT_BYTES: Final = 4 << 20  # a README, a values.yaml
UNPACKED_LIMIT_BYTES: Final = 64 << 20  # beyond this, what looks small is a bomb
_MEMBERS: Final = 20_000
_BLOCK: Final = 512
_PIECE: Final = 256 << 10
_GZIP_MAGIC: Final = b"\x1f\x8b"
_ZSTD_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_ZSTD_WINDOW: Final = 32 << 20  # zstd -20; the window is memory that the packer chooses
_NAME_LIMIT: Final = 64 << 10  # of a long name or a pax header


class ArchiveBroken(Exception):
    """The bytes are no tar that can be read; the text says why."""


class ArchiveTooLarge(Exception):
    """Something in the archive is over a limit, or the archive as a whole when unpacked."""


def find_file(packed: bytes, is_wanted: Callable[[str], bool]) -> bytes | None:
    """Return the content of the first regular file whose cleaned path is wanted; None when there is none.

    Raises: ArchiveBroken, ArchiveTooLarge.
    """
    for path, size, source in _files(_Unpacked(packed)):
        if not is_wanted(path):
            source.skip(_padded(size))
        elif size > FILE_LIMIT_BYTES:
            raise ArchiveTooLarge
        else:
            return source.read(size)
    return None


class _Unpacked:
    """The bytes of the tar, unpacked as they are asked for."""

    def __init__(self, packed: bytes) -> None:
        self._pieces = _pieces_of(packed)
        self._buffer = bytearray()
        self._seen = 0

    def read(self, count: int) -> bytes:
        """Return exactly `count` bytes."""
        self._fill(count)
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def skip(self, count: int) -> None:
        """Pass over `count` bytes; an archive may end in the middle of what nobody wants."""
        while count > 0:
            if not self._buffer and not self._more():
                return
            dropped = min(count, len(self._buffer))
            del self._buffer[:dropped]
            count -= dropped

    def block(self) -> bytes | None:
        """Return the next header block; None at the end."""
        while len(self._buffer) < _BLOCK:
            if not self._more():
                return None
        return self.read(_BLOCK)

    def _fill(self, count: int) -> None:
        while len(self._buffer) < count:
            if not self._more():
                raise ArchiveBroken("it ends in the middle of a file")

    def _more(self) -> bool:
        piece = next(self._pieces, None)
        if piece is None:
            return False
        self._seen += len(piece)
        if self._seen > UNPACKED_LIMIT_BYTES:
            raise ArchiveTooLarge
        self._buffer += piece
        return True


def _pieces_of(packed: bytes) -> Iterator[bytes]:
    if packed.startswith(_GZIP_MAGIC):
        return _gunzipped(packed)
    if packed.startswith(_ZSTD_MAGIC):
        return _unzstd(packed)
    return iter((packed,))


def _unzstd(packed: bytes) -> Iterator[bytes]:
    """Unpack all frames; skippable ones, such as the table of contents of zstd:chunked, hold nothing."""
    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    try:
        with unpacker.stream_reader(packed, read_across_frames=True) as stream:
            while piece := stream.read(_PIECE):
                yield piece
    except zstandard.ZstdError as error:
        raise ArchiveBroken(f"it cannot be unpacked: {error}") from error


def _gunzipped(packed: bytes) -> Iterator[bytes]:
    stream, rest = zlib.decompressobj(wbits=31), packed
    try:
        while rest:
            piece = stream.decompress(rest, _PIECE)
            if piece:
                yield piece
            rest = stream.unconsumed_tail
            if stream.eof:  # several members may follow each other
                rest = stream.unused_data if stream.unused_data.startswith(_GZIP_MAGIC) else b""
                stream = zlib.decompressobj(wbits=31)
            elif not piece and not rest:
                return
    except zlib.error as error:
        raise ArchiveBroken(f"it cannot be unpacked: {error}") from error


def _files(source: _Unpacked) -> Iterator[tuple[str, int, _Unpacked]]:
    """Walk the members; whoever gets one reads or skips its bytes before the next."""
    long_name = ""
    for _ in range(_MEMBERS):
        header = source.block()
        if header is None or not header.strip(b"\0"):
            return
        kind, size = header[156:157], _size(header[124:136])
        if kind in (b"L", b"x"):
            if size > _NAME_LIMIT:
                raise ArchiveTooLarge
            content = source.read(_padded(size))[:size]
            long_name = _text(content.rstrip(b"\0")) if kind == b"L" else _pax_path(content) or long_name
            continue
        path = _clean(long_name or _name(header))
        if kind in (b"0", b"\0", b"7") and path:
            yield path, size, source
        else:
            source.skip(_padded(size))
        if kind not in (b"g", b"K"):
            long_name = ""
    raise ArchiveTooLarge


def _size(field: bytes) -> int:
    if field[:1] in (b"\x80", b"\xff"):
        raise ArchiveTooLarge  # base 256: larger than octal digits can say, or negative
    text = field.strip(b" \0")
    if not text:
        return 0
    if not all(48 <= digit < 56 for digit in text):
        raise ArchiveBroken("a header has a size that is no number")
    return int(text, 8)


def _name(header: bytes) -> str:
    name = _text(header[:100].split(b"\0", 1)[0])
    prefix = _text(header[345:500].split(b"\0", 1)[0]) if header[257:262] == b"ustar" else ""
    return f"{prefix}/{name}" if prefix else name


def _pax_path(content: bytes) -> str:
    for record in content.split(b"\n"):
        _, _, pair = record.partition(b" ")
        key, equals, value = pair.partition(b"=")
        if equals and key == b"path":
            return _text(value)
    return ""


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _clean(path: str) -> str:
    """Drop `.` and empty parts; a path with `..` in it is nobody's."""
    parts = [part for part in path.split("/") if part not in {"", "."}]
    return "" if ".." in parts else "/".join(parts)


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
