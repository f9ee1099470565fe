"""Unpack a layer as it streams: gzip, zstd, or as it is. The kind is told by the first bytes."""

from collections.abc import Iterator
from typing import Final, Protocol, cast

import zstandard
from isal import igzip_lib

from havre.adapters.layers.limits import LayerRefused, Limits

_PIECE: Final = 1 << 20
_SIP: Final = 4 << 10  # of zstd at a time: four bytes of it can become 128 KiB
_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = b"\x2a\x4d\x18"  # of zstd, behind a byte from 0x50 to 0x5f
_WINDOW: Final = 128 << 20
_ISAL_ERROR: Final = cast("type[Exception]", igzip_lib.error)


class Stream(Protocol):
    """Where packed bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Read at most so many, none at the end."""


def unpacked(stream: Stream, limits: Limits) -> Iterator[bytes]:
    """Yield a layer's tar in pieces.

    Raises: LayerRefused for corrupt, truncated, bursting ones.
    """
    first = stream.read(_PIECE)
    if first.startswith(_GZIP):
        yield from _bounded(_gunzip(first, stream), limits)
    elif first.startswith(_ZSTD) or (first[1:4] == _SKIPPABLE and 0x50 <= first[0] <= 0x5F):
        yield from _bounded(_unzstd(first, stream), limits)
    else:
        while first:
            yield first
            first = stream.read(_PIECE)


def _bounded(pieces: Iterator[tuple[bytes, int]], limits: Limits) -> Iterator[bytes]:
    total = 0
    for piece, packed in pieces:
        total += len(piece)
        if total > limits.unpacked or (total > limits.free and total > packed * limits.ratio):
            raise LayerRefused(
                f"the layer unpacks to more than {total >> 20} MiB of {packed >> 10} KiB: it is not unpacked"
            )
        if piece:
            yield piece


def _gunzip(first: bytes, stream: Stream) -> Iterator[tuple[bytes, int]]:
    """Unpack members one behind the other; zeros behind the last are padding."""
    packed, read = first, len(first)
    while packed.strip(b"\0"):
        if not packed.startswith(_GZIP):
            raise LayerRefused("the layer has bytes behind its end that are no gzip")
        # It keeps what it did not use yet; the object of isal_zlib hands that back, a copy each time.
        member = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)
        while not member.eof:
            if member.needs_input and not packed:
                packed = stream.read(_PIECE)
                read += len(packed)
                if not packed:
                    raise LayerRefused("the layer ends in the middle of its gzip")
            try:
                piece = member.decompress(packed, _PIECE)
            except _ISAL_ERROR as error:
                raise LayerRefused(f"the layer is no sound gzip: {error}") from error
            packed = b""
            yield piece, read
        packed = member.unused_data or stream.read(_PIECE)
        if len(packed) < 2:
            packed += stream.read(_PIECE)


def _unzstd(first: bytes, stream: Stream) -> Iterator[tuple[bytes, int]]:
    """Unpack frames one behind the other, skippable ones among them."""
    packed, read, factory = first, len(first), zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    while packed:
        frame = factory.decompressobj()
        while not frame.eof:
            try:
                piece = frame.decompress(packed[:_SIP])
            except zstandard.ZstdError as error:
                raise LayerRefused(f"the layer is no sound zstd: {error}") from error
            packed = packed[_SIP:]
            yield piece, read
            if not packed and not frame.eof:
                packed = stream.read(_PIECE)
                read += len(packed)
                if not packed:
                    raise LayerRefused("the layer ends in the middle of its zstd")
        packed = frame.unused_data + packed
        if not packed:
            packed = stream.read(_PIECE)
            read += len(packed)
