"""The development cases of shared/advisories through the whole of scanning, and imports of advisories."""

import gzip
import io
import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from havre.adapters.advisories.database import AdvisoryDatabase, open_database
from havre.adapters.advisories.importing import Imported, import_advisories
from havre.adapters.advisories.schema import DATABASE
from havre.adapters.layers.analyse import analyse
from havre.adapters.layers.limits import Limits
from havre.scanning.advisories.model import Severity
from havre.scanning.advisories.names import normalised
from havre.scanning.errors import AdvisoriesMissing, ImportRefused, SourceUnreadable
from havre.scanning.findings import report_of
from havre.scanning.packages.model import PackageKind
from havre.scanning.record import merge
from kit.layers import dpkg_status, tar_of

_SHARED = Path(os.environ.get("HAVRE_SHARED", "../shared")) / "advisories"
_CASES = _SHARED / "dev-scan-cases.json.gz"
_NOW = 1_800_000_000
Json = dict[str, Any]


def _cases() -> list[Json]:
    if not _CASES.exists():
        return []
    cases: list[Json] = json.loads(gzip.decompress(_CASES.read_bytes()))["cases"]
    return cases


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdvisoryDatabase]:
    """All of shared/advisories."""
    directory = tmp_path_factory.mktemp("advisories")
    taken = import_advisories(directory, [_SHARED], _NOW, lambda _: None)
    assert taken.faults.count == 0, taken.faults.said
    with open_database(directory / DATABASE) as database:
        yield database


def test_the_cases_are_there() -> None:
    assert len(_cases()) >= 40, f"{_CASES} is absent: set HAVRE_SHARED to the folder that holds advisories/"


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["id"])
def test_a_case_is_found_exactly(known: AdvisoryDatabase, case: Json) -> None:
    records = []
    for layer in case["layers"]:
        files = dict(layer.get("files") or {})
        if layer.get("dpkg_status"):
            files["var/lib/dpkg/status"] = dpkg_status(layer["dpkg_status"])
        records.append(analyse(io.BytesIO(gzip.compress(tar_of(files), 1)), Limits()))

    report = report_of(merge(records), known, date(2026, 11, 24))

    found = {
        (
            one.id,
            normalised("PyPI", one.component.name)
            if one.component.kind is PackageKind.PYPI
            else one.component.name,
            one.component.version,
        )
        for one in report.findings
    }
    assert found == {tuple(one) for one in case["expected"]}


def test_a_finding_says_what_mends_it_how_bad_it_is_and_whether_it_is_exploited(
    known: AdvisoryDatabase,
) -> None:
    files = {
        "usr/lib/python3/dist-packages/Django-2.2.dist-info/METADATA": "Name: Django\nVersion: 2.2\n\n",
        "app/Gemfile/specifications/rack-1.6.0.gemspec": "# stub: rack 1.6.0 ruby lib\n",
    }
    record = analyse(io.BytesIO(tar_of(files)), Limits())

    report = report_of(merge([record]), known, date(2026, 11, 24))

    one = next(one for one in report.findings if one.id == "CVE-2020-7471")
    assert (one.component.name, one.fixed, one.source) == ("Django", "2.2.10", "pypa")
    assert one.severity is Severity.CRITICAL
    assert known.advisory(one.advisory_id).links
    ranks = [one.severity for one in report.findings if one.note is None]
    assert ranks == sorted(ranks, reverse=True)


def _import(directory: Path, *paths: Path, may_shrink: bool = False) -> Imported:
    return import_advisories(directory, list(paths), _NOW, lambda _: None, may_shrink=may_shrink)


def _osv(path: Path, prefix: str, count: int) -> Path:
    affected = {"package": {"ecosystem": "PyPI", "name": "thing"}, "versions": ["1.0"]}
    lines = [{"id": f"{prefix}-2024-{number}", "affected": [affected]} for number in range(count)]
    path.write_text("\n".join(json.dumps(one) for one in lines))
    return path


def test_an_import_replaces_its_sources_and_keeps_the_others(tmp_path: Path) -> None:
    _import(tmp_path, _osv(tmp_path / "a.jsonl", "AAA", 20), _osv(tmp_path / "b.jsonl", "BBB", 5))

    taken = _import(tmp_path, _osv(tmp_path / "a.jsonl", "AAA", 30))

    assert (dict(taken.entries), dict(taken.before)) == ({"aaa": 30}, {"aaa": 20, "bbb": 5})
    with open_database(tmp_path / DATABASE) as database:
        assert {one.name: one.entries for one in database.state().sources} == {"aaa": 30, "bbb": 5}
        rules = database.rules([("PyPI", "thing")])["PyPI", "thing"]
        assert sorted({rule.source for rule in rules}) == ["aaa", "bbb"]
        assert len({rule.name for rule in rules}) == len(rules) == 35
        for rule in rules:
            assert database.advisory(rule.advisory_id).id == rule.name


def test_a_source_that_lost_much_is_refused_unless_it_is_forced(tmp_path: Path) -> None:
    _import(tmp_path, _osv(tmp_path / "a.jsonl", "AAA", 100))
    with open_database(tmp_path / DATABASE) as before:
        with pytest.raises(ImportRefused, match="aaa has 89 entries, and had 100"):
            _import(tmp_path, _osv(tmp_path / "a.jsonl", "AAA", 89))
        _import(tmp_path, _osv(tmp_path / "a.jsonl", "AAA", 90))
        assert len(before.rules([("PyPI", "thing")])["PyPI", "thing"]) == 100  # it was opened before

    _import(tmp_path, _osv(tmp_path / "a.jsonl", "AAA", 2), may_shrink=True)

    with open_database(tmp_path / DATABASE) as after:
        assert len(after.rules([("PyPI", "thing")])["PyPI", "thing"]) == 2


def test_what_is_no_advisory_changes_nothing_and_is_said(tmp_path: Path) -> None:
    good = _osv(tmp_path / "a.jsonl", "AAA", 3)
    _import(tmp_path / "db", good)
    (tmp_path / "no.json").write_text('{"some": "thing"}')
    (tmp_path / "no.tar.gz").write_bytes(b"\x1f\x8b nothing")
    with pytest.raises(ImportRefused, match="none of it is an advisory"):
        _import(tmp_path / "db", tmp_path / "no.json")
    with pytest.raises(SourceUnreadable, match=r"no\.tar\.gz"):
        _import(tmp_path / "db", good, tmp_path / "no.tar.gz")
    with pytest.raises(SourceUnreadable, match="nowhere"):
        _import(tmp_path / "db", tmp_path / "nowhere")
    (tmp_path / "half.jsonl").write_text(good.read_text() + '\n{"id": 7\n{"id": "X", "affected": [7]}')

    taken = _import(tmp_path / "db", tmp_path / "half.jsonl")

    assert (taken.entries["aaa"], taken.faults.count) == (3, 2)
    assert "half.jsonl:4" in taken.faults.said[0]
    with pytest.raises(AdvisoriesMissing, match="havre advisories import"), open_database(tmp_path / "none"):
        pass
    (tmp_path / "other.db").write_bytes(b"no database at all, but long enough for a header" * 100)
    with pytest.raises(AdvisoriesMissing, match="no database"), open_database(tmp_path / "other.db"):
        pass
