"""`havre audit export`: both forms, a span of time, a file that is there."""

import csv
import json
from pathlib import Path

import pytest

from commands.forked import Ended, run_havre


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An instance with the events of its first start."""
    directory = tmp_path / "data"
    assert run_havre(["init", "--data", directory], {}).returncode == 0
    (directory / "blobs").mkdir(exist_ok=True)
    return directory


def export(data: Path, *more: str | Path) -> Ended:
    return run_havre(["audit", "export", "--data", data, *more], {})


def test_json_lines_go_to_standard_output_oldest_first(data: Path) -> None:
    ended = export(data)

    rows = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0, ended.stderr
    assert [row["id"] for row in rows] == sorted(row["id"] for row in rows)
    assert {"user.created", "project.created"} <= {row["name"] for row in rows}


def test_csv_has_a_head_and_the_same_rows(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert export(data, "--format", "csv", "--output", path).returncode == 0

    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    lines = [json.loads(line) for line in export(data).stdout.splitlines()]
    assert [(row["id"], row["name"]) for row in rows] == [(str(line["id"]), line["name"]) for line in lines]
    assert json.loads(rows[0]["facts"]) == lines[0]["facts"]


def test_a_span_narrows_and_what_is_there_is_not_overwritten(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_text("mine")

    assert export(data, "--since", "2100-01-01").stdout == ""
    assert export(data, "--until", "2000-01-01T00:00:00Z").stdout == ""
    assert export(data, "--since", "soon").returncode == 2
    assert export(data, "--output", path).returncode == 2
    assert path.read_text() == "mine"
