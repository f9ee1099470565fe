"""Start the kernel's writing of fresh bytes early: the flush at an upload's end then finds little to do."""

import ctypes
from collections.abc import Callable
from typing import Final

STEP_BYTES: Final = 8 * 1024 * 1024  # large enough for the disk's queue, small beside an upload
_WRITE: Final = 2  # SYNC_FILE_RANGE_WRITE: begin, do not wait


def _find() -> Callable[[int, int, int, int], int] | None:
    try:
        call = ctypes.CDLL(None, use_errno=True).sync_file_range
    except (OSError, AttributeError):  # not Linux with glibc or musl: the flush does it all
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint)
    call.restype = ctypes.c_int
    found: Callable[[int, int, int, int], int] = call
    return found


_sync_file_range: Final = _find()


def start_writeback(descriptor: int, offset: int, count: int) -> None:
    """Ask for the range to be written; a hint: an error shows at the flush.

    Source: sync_file_range(2).
    """
    if _sync_file_range is not None:
        _sync_file_range(descriptor, offset, count, _WRITE)
