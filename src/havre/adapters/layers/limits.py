"""What a layer may cost at most. A layer that is more is reported, and never taken for a clean one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one layer. Sizes in bytes.

    `ratio` holds beyond the first `free` unpacked bytes; `kept` is what all files together may be that are
    read whole.
    """

    unpacked: int = 64 << 30
    ratio: int = 400
    free: int = 256 << 20
    entries: int = 5_000_000
    file: int = 64 << 20
    kept: int = 512 << 20
    path: int = 4096


class LayerRefused(Exception):
    """A layer cannot be read to its end; the text says what is wrong with it."""
