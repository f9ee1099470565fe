"""Range headers: of blobs on the way out, of chunks on the way in. Pure.

Source: RFC 9110, section 14; OCI distribution-spec v1.1, "Pushing a blob in chunks".
"""

import re
from typing import Final

from havre.registry.errors import RangeNotSatisfiable, UploadRangeInvalid

_CONTENT_RANGE: Final = re.compile(r"(?:bytes[ =])?(\d{1,18})-(\d{1,18})(?:/(?:\d+|\*))?\Z", re.ASCII)
_SPEC: Final = re.compile(r"(\d{0,18})-(\d{0,18})\Z", re.ASCII)
_MANY: Final = 64  # ranges in one request; more is an attack, answered with the whole


def parse_content_range(text: str) -> tuple[int, int]:
    """Read `first-last`, inclusive, as the chunk's Content-Range.

    Raises: UploadRangeInvalid.
    """
    match = _CONTENT_RANGE.match(text.strip())
    if match is None:
        raise UploadRangeInvalid(f"Content-Range {text[:60]!r} is not of the form <first>-<last>")
    return int(match[1]), int(match[2])


def parse_ranges(text: str, size: int) -> list[tuple[int, int]] | None:
    """Read a Range header into (offset, count) pairs that lie inside `size` bytes.

    None means: send the whole (no bytes unit, not readable, too many or overlapping beyond the size).
    Raises: RangeNotSatisfiable when no range lies inside.
    """
    unit, _, specs = text.partition("=")
    if unit.strip().lower() != "bytes":
        return None
    found: list[tuple[int, int]] = []
    parts = specs.split(",")
    if len(parts) > _MANY:
        return None
    for part in parts:
        match = _SPEC.match(part.strip())
        if match is None or part.strip() == "-":
            return None
        piece = _inside(match[1], match[2], size)
        if piece is not None:
            found.append(piece)
    if not found:
        raise RangeNotSatisfiable(size)
    if len(found) > 1 and sum(count for _, count in found) > size:
        return None
    return found


def _inside(first: str, last: str, size: int) -> tuple[int, int] | None:
    if not first:
        count = min(int(last), size)
        return (size - count, count) if count else None
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    return (start, end - start + 1) if start <= end else None
