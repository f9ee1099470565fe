"""The process that reads one layer: standard input holds it from where it stands, so many bytes.

    python -m havre.adapters.layers.worker SECONDS BYTES < layer > record.json

It may use so much memory and processor and write no file; whatever a layer does to it, the caller lives on.
"""

import os
import resource
import sys
from typing import Final

import msgspec

_MEMORY: Final = 1 << 30  # of address space; a real layer needs some 100 MiB
_NICE: Final = 10


class _Layer:
    """The bytes of standard input that are the layer's."""

    def __init__(self, size: int) -> None:
        self._left = size

    def read(self, size: int, /) -> bytes:
        """Read on."""
        found = os.read(0, min(size, self._left))
        self._left -= len(found)
        return found


def main() -> None:
    """Bound this process, then read."""
    seconds, size = int(sys.argv[1]), int(sys.argv[2])
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from havre.adapters.layers.analyse import analyse
    from havre.adapters.layers.limits import Limits

    record = analyse(_Layer(size), Limits())
    sys.stdout.buffer.write(msgspec.json.encode(record))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
