"""What package managers leave behind, read; what lies is a fault."""

import io
import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import closing

import pytest

from havre.adapters.layers.rpmdb import read_rpmdb
from havre.scanning.packages.apk import parse_apk
from havre.scanning.packages.cargo import parse_cargo
from havre.scanning.packages.composer import parse_composer
from havre.scanning.packages.dpkg import parse_dpkg
from havre.scanning.packages.gem import parse_gem
from havre.scanning.packages.go import MAGIC, parse_go
from havre.scanning.packages.jar import parse_jar
from havre.scanning.packages.model import Package, PackageFault, PackageKind
from havre.scanning.packages.npm import parse_npm
from havre.scanning.packages.python import parse_python


def test_dpkg_tells_source_and_its_version() -> None:
    text = b"""Package: libfoo1
Status: install ok installed
Source: foo (1:2.0-1)
Version: 3.0-1+b2
Architecture: amd64
Description: Package: not this
 Version: 9

Package: bar
Status: deinstall ok config-files
Version: 1.0

Package: baz
Version: 1.0-1+b3
"""
    found = list(parse_dpkg("status", text))
    assert [(one.name, one.version, one.source_name, one.source_version) for one in found] == [
        ("libfoo1", "3.0-1+b2", "foo", "1:2.0-1"),
        ("baz", "1.0-1+b3", "baz", "1.0-1"),
    ]


def test_apk_tells_the_origin() -> None:
    text = b"C:Q1\nP:libssl3\nV:3.1.4-r0\nA:x86_64\no:openssl\nF:lib\nR:libssl.so.3\n\nP:musl\nV:1\n\n"
    found = list(parse_apk("installed", text))
    assert [(one.name, one.source_name, one.arch) for one in found] == [
        ("libssl3", "openssl", "x86_64"),
        ("musl", "musl", ""),
    ]


def test_python_reads_the_head_alone() -> None:
    text = b"Metadata-Version: 2.1\nName: Django\nVersion: 2.2\nSummary: x\n\nName: other\n"
    assert list(parse_python("p", text)) == [Package(PackageKind.PYPI, "Django", "2.2", path="p")]
    assert list(parse_python("p", b"\xff\xfe")) == []


@pytest.mark.parametrize(
    "body", [b"[1]", b'{"name": 1, "version": "1"}', b'{"name": "a"}', b'{"name": "", "version": "1"}']
)
def test_npm_passes_over_what_names_no_package(body: bytes) -> None:
    assert list(parse_npm("p", body)) == []


def test_npm_and_composer_say_what_is_no_json() -> None:
    assert [one.name for one in parse_npm("p", b'\xef\xbb\xbf{"name": "@a/b", "version": "1.0.0"}')] == [
        "@a/b"
    ]
    for parse in (parse_npm, parse_composer):
        with pytest.raises(PackageFault, match="no JSON"):
            list(parse("p", b"{"))
    packages = [{"name": "Symfony/Yaml", "version": "v4.1.0"}, {"name": 1}, 7]
    for document in (packages, {"packages": packages}):
        found = list(parse_composer("p", json.dumps(document).encode()))
        assert [(one.name, one.version) for one in found] == [("symfony/yaml", "4.1.0")]


def test_gems_are_read_by_stub_or_statements() -> None:
    with_stub = b"# -*- encoding: utf-8 -*-\n# stub: rack 1.6.0 ruby lib\n"
    without = (
        b'Gem::Specification.new do |s|\n  s.name = "rake"\n  s.version = Gem::Version.new("12.0")\nend\n'
    )
    assert [(one.name, one.version) for one in parse_gem("p", with_stub + without)] == [("rack", "1.6.0")]
    assert [(one.name, one.version) for one in parse_gem("p", without)] == [("rake", "12.0")]


def go_information(modules: str, toolchain: str = "go1.22.1") -> bytes:
    """Write build information as Go 1.18 and later do."""

    def text(content: bytes) -> bytes:
        length, head = len(content), b""
        while length >= 0x80:
            head += bytes([length & 0x7F | 0x80])
            length >>= 7
        return head + bytes([length]) + content

    mark = b"M" * 16
    return MAGIC + bytes([8, 2]) + bytes(16) + text(toolchain.encode()) + text(mark + modules.encode() + mark)


def test_go_tells_modules_replacements_and_its_own_version() -> None:
    modules = (
        "path\tcmd\nmod\texample.com/app\t(devel)\t\ndep\ta.b/c\tv1.0.0\th1:x\ndep\td\tv1\n=>\te\tv2\th1:y\n"
    )
    found = [(one.name, one.version) for one in parse_go("p", go_information(modules) + b"more")]
    assert found == [
        *(("stdlib", "1.22.1"), ("example.com/app", "(devel)"), ("a.b/c", "v1.0.0"), ("e", "v2"))
    ]
    with pytest.raises(PackageFault, match="breaks off"):
        list(parse_go("p", go_information(modules * 50)[:300]))
    with pytest.raises(PackageFault, match=r"before 1\.18"):
        list(parse_go("p", MAGIC + bytes(18)))


def elf_with(section: bytes, content: bytes) -> bytes:
    """Make an ELF file of 64 bits with one section beside the names."""
    names = b"\0" + section + b"\0.shstrtab\0"
    table = 64 + len(content) + len(names)
    head = (
        b"\x7fELF\x02\x01\x01"
        + bytes(9)
        + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, table, 0, 64, 0, 0, 64, 3, 2)
    )
    rows = bytes(64)
    for name, offset, size in ((1, 64, len(content)), (2 + len(section), 64 + len(content), len(names))):
        rows += struct.pack("<IIQQQQIIQQ", name, 1, 0, 0, offset, size, 0, 0, 0, 0)
    return head + content + names + rows


def test_cargo_reads_what_was_built_in() -> None:
    crates = {"packages": [{"name": "a", "version": "1.0.0"}, {"name": "b", "version": "2", "kind": "build"}]}
    packed = zlib.compress(json.dumps(crates).encode())
    assert [(one.name, one.version) for one in parse_cargo("p", elf_with(b".dep-v0", packed))] == [
        ("a", "1.0.0")
    ]
    assert list(parse_cargo("p", elf_with(b".other", packed))) == []
    assert list(parse_cargo("p", elf_with(b".dep-v0", packed)[:80])) == []
    with pytest.raises(PackageFault, match="list of crates"):
        list(parse_cargo("p", elf_with(b".dep-v0", b"rubbish")))


def jar_of(files: Mapping[str, bytes | str]) -> bytes:
    """Make an archive."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return raw.getvalue()


def test_jars_are_read_inside_of_jars() -> None:
    inner = jar_of({"META-INF/maven/g/a/pom.properties": "#x\ngroupId=g\nartifactId=a\nversion=1.0\n"})
    by_manifest = jar_of(
        {
            "META-INF/MANIFEST.MF": "Manifest-Version: 1.0\r\nImplementation-Version: 2.0\r\n"
            "Implementation-Vendor-Id: org.\r\n x\r\n"
        }
    )
    outer = jar_of({"WEB-INF/lib/a.jar": inner, "WEB-INF/lib/thing-2.0.jar": by_manifest})

    found = {(one.name, one.version, one.path) for one in parse_jar("opt/app.war", outer)}

    assert found == {
        ("g:a", "1.0", "opt/app.war!WEB-INF/lib/a.jar"),
        ("org.x:thing", "2.0", "opt/app.war!WEB-INF/lib/thing-2.0.jar"),
    }


def test_hostile_jars_are_faults() -> None:
    nested = jar_of({"x": b""})
    for _ in range(6):
        nested = jar_of({"n.jar": nested})
    with pytest.raises(PackageFault, match="deep"):
        list(parse_jar("p.jar", nested))
    bomb = jar_of({"a.jar": bytes(80 << 20)})
    with pytest.raises(PackageFault, match="unpacks to more"):
        list(parse_jar("p.jar", bomb))
    with pytest.raises(PackageFault, match="no sound archive"):
        list(parse_jar("p.jar", bomb[:-100]))


def rpm_header(texts: Mapping[int, str], numbers: Mapping[int, int], lists: Mapping[int, list[str]]) -> bytes:
    """Write a header as RPM's database keeps it."""
    index, data = b"", b""
    for tag, number in numbers.items():
        data += bytes(-len(data) % 4)
        index += struct.pack(">IIII", tag, 4, len(data), 1)
        data += struct.pack(">I", number)
    for tag, text in texts.items():
        index += struct.pack(">IIII", tag, 6, len(data), 1)
        data += text.encode() + b"\0"
    for tag, found in lists.items():
        index += struct.pack(">IIII", tag, 8, len(data), len(found))
        data += b"".join(one.encode() + b"\0" for one in found)
    return struct.pack(">II", len(index) // 16, len(data)) + index + data


def rpmdb_of(*headers: bytes) -> bytes:
    """Write the database."""
    with closing(sqlite3.connect(":memory:")) as rows:
        rows.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        rows.executemany("INSERT INTO Packages (blob) VALUES (?)", [(header,) for header in headers])
        rows.commit()
        return rows.serialize()


def test_rpm_reads_its_database_and_what_packages_own() -> None:
    openssl = rpm_header(
        {
            1000: "openssl-libs",
            1001: "3.0.7",
            1002: "24.el9",
            1022: "x86_64",
            1044: "openssl-3.0.7-24.el9.src.rpm",
        },
        {1003: 1, 1116: 0},
        {1117: ["METADATA"], 1118: ["/usr/lib/x.dist-info/"]},
    )
    key = rpm_header({1000: "gpg-pubkey", 1001: "1", 1002: "1"}, {}, {})

    found = list(read_rpmdb("rpmdb.sqlite", rpmdb_of(openssl, key)))

    package, files = found[0]
    assert package is not None
    assert (package.name, package.version, package.source_name) == (
        "openssl-libs",
        "1:3.0.7-24.el9",
        "openssl",
    )
    assert files == ("usr/lib/x.dist-info/METADATA",)
    assert found[1] == (None, ())


@pytest.mark.parametrize(
    "content",
    [b"", b"no database", rpmdb_of(b"\0" * 4), rpmdb_of(struct.pack(">II", 900, 1 << 30)), rpmdb_of()[:3000]],
)
def test_an_rpm_database_that_lies_is_a_fault(content: bytes) -> None:
    with pytest.raises(PackageFault):
        list(read_rpmdb("rpmdb.sqlite", content))
