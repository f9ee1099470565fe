"""Versions against the public vectors of shared/advisories, and laws that hold for every scheme."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.scanning.versions import SCHEMES, comparison

_SHARED = Path(os.environ.get("HAVRE_SHARED", "../shared")) / "advisories" / "version-vectors"
_FILES = {
    "alpine": "apk",
    "debian": "dpkg",
    "maven": "maven",
    "nuget": "nuget",
    "packagist": "packagist",
    "pypi": "pypi",
    "redhat": "rpm",
    "rubygems": "gem",
    "semver": "semver",
}


def _lines(path: Path) -> Iterator[tuple[str, str, str]]:
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        if line.strip() and not line.lstrip().startswith(("#", "//")):
            left, sign, right = line.split(" ")
            yield left, sign, right


@pytest.mark.parametrize("name", _FILES)
def test_every_vector_is_ordered_as_it_says(name: str) -> None:
    assert _SHARED.is_dir(), f"{_SHARED} is absent: set HAVRE_SHARED to the folder that holds advisories/"
    compare = comparison(_FILES[name])
    wrong, count = [], 0
    for path in sorted(_SHARED.glob(f"{name}-versions*.txt.gz")):
        for left, sign, right in _lines(path):
            count += 1
            found = compare(left, right)
            if "<=>"[found + 1] != sign or "<=>"[1 - compare(right, left)] != sign:
                wrong.append(f"{left} {sign} {right}: {found}")
    assert count > 30
    assert not wrong, f"{len(wrong)} of {count}: {wrong[:40]}"


_TEXT = st.text("019.-_~+^:abrcxALPHv", max_size=12)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(a=_TEXT, b=_TEXT, c=_TEXT)
def test_any_texts_have_an_order(scheme: str, a: str, b: str, c: str) -> None:
    compare = comparison(scheme)
    assert compare(a, a) == 0
    assert compare(a, b) == -compare(b, a)
    del c
