"""Bytes to be sent to another registry."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Bytes:
    """A source in memory; `served` counts what was read of it."""

    body: bytes
    served: int = 0

    @property
    def size_bytes(self) -> int:
        """How many they are."""
        return len(self.body)

    def pieces(self, offset: int, count: int) -> Iterator[memoryview]:
        """Yield a part of them."""
        view = memoryview(self.body)[offset : offset + count]
        for start in range(0, len(view), 256 << 10):
            piece = view[start : start + (256 << 10)]
            self.served += len(piece)
            yield piece
