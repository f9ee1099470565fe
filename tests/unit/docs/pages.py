"""The documents as the tests read them: tables by heading. Not for prose."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]
_CODE: Final = re.compile(r"`([^`]+)`")
_CELL: Final = re.compile(r"(?<!\\)\|")

Rows = Sequence[Mapping[str, str]]


def read(name: str) -> str:
    """Read a document of `docs/`."""
    return (ROOT / "docs" / name).read_text("utf-8")


def rows(text: str) -> Rows:
    """List the rows of every table, by column name."""
    found: list[Mapping[str, str]] = []
    columns: list[str] | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            columns = None
            continue
        cells = [cell.strip() for cell in _CELL.split(line)[1:-1]]
        if columns is None:
            columns = cells
        elif not set(line) <= set("|-: "):
            found.append(dict(zip(columns, cells, strict=True)))
    return found


def sections(text: str) -> Mapping[str, str]:
    """Take a document apart at its headings of the second level."""
    parts = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def words(cell: str) -> list[str]:
    """List what stands in code marks in a cell."""
    return _CODE.findall(cell)


def word(cell: str) -> str:
    """Take the one word in code marks out of a cell; the cell itself where there is none."""
    found = words(cell)
    return found[0] if found else cell
