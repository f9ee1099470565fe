"""The contract as the tests read it: Harbor's swagger.yaml and operations.tsv of the shared reference."""

import csv
import os
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

_ROOT = Path(__file__).parents[4]


class Line(NamedTuple):
    """One line of operations.tsv."""

    operation_id: str
    method: str
    path: str
    tag: str


def shared_file(name: str) -> Path:
    """Find a file of `harbor-api/`, under HAVRE_SHARED or beside the checkout; fail loudly when absent."""
    base = Path(os.environ.get("HAVRE_SHARED", _ROOT.parent / "shared"))
    found = base / "harbor-api" / name
    if not found.is_file():
        pytest.fail(f"{found} is missing: set HAVRE_SHARED to the directory of the shared reference")
    return found


def contract_lines() -> list[Line]:
    """Read operations.tsv."""
    with shared_file("operations.tsv").open() as text:
        rows = csv.reader(text, delimiter="\t")
        next(rows)
        return [Line(*row) for row in rows]


@cache
def swagger() -> dict[str, Any]:
    """Read swagger.yaml."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(shared_file("swagger.yaml").read_text(), Loader=loader)
    assert isinstance(document, dict)
    return document
