"""Layers: packed in every way, walked through, hostile ones bounded, laid over each other."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from havre.adapters.layers.analyse import analyse
from havre.adapters.layers.limits import LayerRefused, Limits
from havre.adapters.layers.sandbox import LayerFile, analyse_file
from havre.adapters.layers.tar import Content, Entry, EntryKind, clean_name, walk
from havre.adapters.layers.unpack import unpacked
from havre.scanning.files import FileKind, kind_of
from havre.scanning.record import LayerRecord, merge
from kit.layers import dpkg_status, link, tar_of

LIMITS = Limits()
_PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "gzip members": lambda body: (
        b"".join(gzip.compress(body[at : at + 1000]) for at in range(0, len(body), 1000)) + b"\0" * 512
    ),
    "zstd": zstandard.ZstdCompressor().compress,
    "zstd frames": lambda body: (
        b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
        + zstandard.ZstdCompressor().compress(body[:1024])
        + zstandard.ZstdCompressor().compress(body[1024:])
    ),
}
_STATUS = dpkg_status(["curl|7.88.1-10||amd64"])


def _walked(body: bytes, limits: Limits = LIMITS) -> list[tuple[Entry, bytes]]:
    found: list[tuple[Entry, bytes]] = []

    def see(entry: Entry, content: Content) -> None:
        found.append((entry, content.read(1 << 30)))

    walk(unpacked(io.BytesIO(body), limits), limits, see)
    return found


@pytest.mark.parametrize("packing", _PACKINGS)
def test_a_layer_is_read_however_it_is_packed(packing: str) -> None:
    files: dict[str, bytes | str] = {"a": b"x" * 5000, "b/c": b"", "d": os.urandom(3_000_000)}

    found = _walked(_PACKINGS[packing](tar_of(files)))

    assert [(entry.name, body) for entry, body in found] == list(files.items())


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_and_links_are_read(form: int) -> None:
    name, target = "d/" * 90 + "ü" * 50, "t/" * 120 + "end"
    body = tar_of({name: b"here"}, link("short", target), link("hard", name, tarfile.LNKTYPE), form=form)

    found = [entry for entry, _ in _walked(body)]

    assert [(one.name, one.kind, one.target) for one in found] == [
        (name, EntryKind.FILE, ""),
        ("short", EntryKind.SYMLINK, target),
        ("hard", EntryKind.HARDLINK, name),
    ]


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("./a", "a"),
        ("/a//b/", "a/b"),
        ("../../etc/passwd", "etc/passwd"),
        ("a/../../b", "b"),
        (".", ""),
        ("", ""),
    ],
)
def test_names_stay_below_the_root(name: str, clean: str) -> None:
    assert clean_name(name) == clean


def test_what_breaks_off_or_is_corrupt_is_refused() -> None:
    body = tar_of({"a": os.urandom(20_000), "b": b"x"})
    packed = gzip.compress(body)
    with pytest.raises(LayerRefused, match="middle of its gzip"):
        _walked(packed[:-2000])
    with pytest.raises(LayerRefused, match=r"no sound gzip|no tar"):
        _walked(packed[:5000] + b"\xff" * 200 + packed[5200:])
    with pytest.raises(LayerRefused, match="middle of its zstd"):
        _walked(zstandard.ZstdCompressor().compress(body)[:-3000])
    with pytest.raises(LayerRefused, match="middle of a file"):
        _walked(body[:9000])
    with pytest.raises(LayerRefused, match="header"):
        _walked(b"nothing of the kind" * 100)
    with pytest.raises(LayerRefused, match="no gzip"):
        _walked(packed + b"rubbish")
    assert _walked(b"") == []


def test_bombs_are_bounded_by_size_ratio_count_and_name() -> None:
    zeros = gzip.compress(tar_of({"zeros": bytes(8 << 20)}))
    with pytest.raises(LayerRefused, match="unpacks to more than"):
        _walked(zeros, replace(LIMITS, ratio=10, free=1 << 20))
    with pytest.raises(LayerRefused, match="unpacks to more than"):
        _walked(zeros, replace(LIMITS, unpacked=4 << 20))
    with pytest.raises(LayerRefused, match="more than 5 entries"):
        _walked(tar_of({str(number): b"" for number in range(6)}), replace(LIMITS, entries=5))
    with pytest.raises(LayerRefused, match="name of more than"):
        _walked(tar_of({"a/" * 3000: b""}))
    entry = tarfile.TarInfo("huge")
    entry.size = 1 << 40
    with pytest.raises(LayerRefused, match="middle of a file"):
        _walked(entry.tobuf(tarfile.GNU_FORMAT))
    record = analyse(io.BytesIO(tar_of({"var/lib/dpkg/status": "x" * 5000})), replace(LIMITS, file=1000))
    assert "more than is read of one file" in record.faults[0]


@given(st.binary(max_size=3000), st.integers(0, 2), st.integers(0, 4000))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_bytes_are_a_record_or_a_fault(noise: bytes, packing: int, at: int) -> None:
    body = tar_of({"var/lib/dpkg/status": _STATUS, "a/package.json": "{}"})
    body = body[:at] + noise + body[at + len(noise) :]
    packed = (body, gzip.compress(body, 1), zstandard.ZstdCompressor().compress(body))[packing]
    for bent in (packed, noise + packed, packed[: len(packed) // 2] + noise):
        record = analyse(io.BytesIO(bent), LIMITS)
        assert isinstance(record, LayerRecord)
        assert all(isinstance(fault, str) and fault for fault in record.faults)


def test_files_are_known_by_their_names() -> None:
    names = {
        "var/lib/dpkg/status": FileKind.DPKG,
        "var/lib/dpkg/status.d/base": FileKind.DPKG,
        "var/lib/dpkg/status.d/base.md5sums": None,
        "var/lib/dpkg/info/curl.list": FileKind.DPKG_FILES,
        "lib/apk/db/installed": FileKind.APK,
        "usr/lib/apk/db/installed": FileKind.APK,
        "usr/lib/sysimage/rpm/rpmdb.sqlite": FileKind.RPM,
        "var/lib/rpm/Packages": FileKind.RPM_OLD,
        "x/a-1.dist-info/METADATA": FileKind.PYTHON,
        "x/a.egg-info": FileKind.PYTHON,
        "package.json": FileKind.NPM,
        "x/specifications/a-1.gemspec": FileKind.GEM,
        "app/vendor/composer/installed.json": FileKind.COMPOSER,
        "opt/a.jar": FileKind.JAR,
        "home/var/lib/dpkg/status": None,
        "x/METADATA": None,
    }
    assert {name: kind_of(name) for name in names} == names


def _record(files: dict[str, bytes | str], *more: tarfile.TarInfo) -> LayerRecord:
    return analyse(io.BytesIO(tar_of(files, *more)), LIMITS)


def _json(name: str, version: str = "1.0.0") -> str:
    return f'{{"name": "{name}", "version": "{version}"}}'


def test_layers_replace_and_take_away_what_is_below() -> None:
    base = _record(
        {
            "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n',
            "var/lib/dpkg/status": dpkg_status(["curl|1||amd64", "wget|1||amd64"]),
            "app/node_modules/a/package.json": _json("a"),
            "app/node_modules/b/package.json": _json("b"),
            "srv/c/package.json": _json("c"),
            "srv/d/package.json": _json("d"),
            "srvx/e/package.json": _json("e"),
        }
    )
    upper = _record(
        {
            "var/lib/dpkg/status": dpkg_status(["curl|2||amd64"]),
            "app/node_modules/.wh.a": b"",
            "srv/.wh..wh..opq": b"",
            "srv/f/package.json": _json("f"),
        },
        link("app/node_modules/b/package.json", "elsewhere"),
    )

    found = merge([base, upper])

    assert {(one.name, one.version) for one in found.packages} == {
        ("curl", "2"),
        ("e", "1.0.0"),
        ("f", "1.0.0"),
    }
    assert (found.system.id, found.system.version, found.faults) == ("debian", "12", [])
    assert merge([base, upper, _record({".wh..wh..opq": b""})]).packages == []


def test_what_the_systems_packages_own_is_theirs() -> None:
    files: dict[str, bytes | str] = {
        "var/lib/dpkg/status": dpkg_status(["python3-six|1.16.0-4|six|all"]),
        "var/lib/dpkg/info/python3-six.list": "/.\n/usr/lib/python3/dist-packages/six.egg-info/PKG-INFO\n",
        "usr/lib/python3/dist-packages/six.egg-info/PKG-INFO": "Name: six\nVersion: 1.16.0\n\n",
        "usr/local/lib/python3/six-1.dist-info/METADATA": "Name: six\nVersion: 1.15.0\n\n",
        "lib/apk/db/installed": "P:py3-yaml\nV:1-r0\nF:usr/lib/yaml.egg-info\nR:PKG-INFO\n\n",
        "usr/lib/yaml.egg-info/PKG-INFO": "Name: yaml\nVersion: 1\n\n",
    }
    found = merge([_record(files)])
    assert [(one.name, one.version) for one in found.packages] == [
        *(("py3-yaml", "1-r0"), ("six", "1.15.0"), ("python3-six", "1.16.0-4"))
    ]


def test_hard_links_and_faults_of_one_file_harm_no_other() -> None:
    record = _record(
        {"store/a/package.json": _json("a"), "bad/package.json": "{no", "good/package.json": _json("g")},
        link("app/a/package.json", "store/a/package.json", tarfile.LNKTYPE),
    )
    assert sorted(record.packages) == [
        *("app/a/package.json", "bad/package.json", "good/package.json", "store/a/package.json")
    ]
    assert len(record.faults) == 1
    assert "bad/package.json" in record.faults[0]
    assert merge([record]).faults == [f"layer 1: {record.faults[0]}"]


def test_a_process_of_its_own_reads_a_layer_or_says_why_not(tmp_path: Path) -> None:
    body = gzip.compress(tar_of({"var/lib/dpkg/status": _STATUS}))
    (tmp_path / "layer").write_bytes(b"before" + body + b"behind")

    record = analyse_file(LayerFile(tmp_path / "layer", 6, len(body)))
    short = analyse_file(LayerFile(tmp_path / "layer", 6, len(body) - 20))
    missing = analyse_file(LayerFile(tmp_path / "none", 0, 1))

    assert [one.name for one in record.packages["var/lib/dpkg/status"]] == ["curl"]
    assert (record.faults, record.entries) == ([], 1)
    assert "middle of its gzip" in short.faults[0]
    assert "cannot be read" in missing.faults[0]
