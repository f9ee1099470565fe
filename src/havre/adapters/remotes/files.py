"""Bytes of ours on their way to another registry."""

import os
from collections.abc import Iterator
from typing import Final

from havre.kernel.errors import Unavailable

_PIECE: Final = 256 << 10  # as much as one send takes without waiting


class FileSource:
    """Implements Source over a file; its blob never changes."""

    def __init__(self, path: str, size_bytes: int) -> None:
        self._path = path
        self._size_bytes = size_bytes

    @property
    def size_bytes(self) -> int:
        """How many they are."""
        return self._size_bytes

    def pieces(self, offset: int, count: int) -> Iterator[memoryview]:
        """Read a part. Raises: Unavailable when the bytes are not there."""
        try:
            descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise Unavailable(f"a blob's file cannot be read: {error.strerror}") from error
        buffer = memoryview(bytearray(min(_PIECE, max(count, 1))))
        try:
            while count:
                read = os.preadv(descriptor, [buffer[: min(count, len(buffer))]], offset)
                if not read:
                    raise Unavailable("a blob's file is shorter than its row says")
                yield buffer[:read]
                offset, count = offset + read, count - read
        finally:
            os.close(descriptor)
