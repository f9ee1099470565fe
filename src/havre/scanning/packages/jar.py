"""Java's archives: `pom.properties` of what is inside, else the manifest, also in archives inside of them.

Source: Maven, "Introduction to the POM"; the JAR file specification, "JAR Manifest".
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final

from havre.scanning.packages.model import Package, PackageFault, PackageKind

SUFFIXES: Final = (".jar", ".war", ".ear", ".par")
_DEPTH: Final = 4
_ENTRIES: Final = 200_000
_INNER: Final = 64 << 20
_TEXT: Final = 1 << 20
_TOTAL: Final = 256 << 20  # of everything that is unpacked of one file
_FILE: Final = re.compile(r"(.+?)-(\d[\w.-]*)")


def parse_jar(path: str, content: bytes) -> Iterator[Package]:
    """Read one archive and those inside of it. Raises: PackageFault."""
    yield from _Jars(path).read(path, content, _DEPTH)


class _Jars:
    """Reads archives within one budget."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._left = _TOTAL

    def read(self, name: str, content: bytes, depth: int) -> Iterator[Package]:
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                members = archive.infolist()
                if len(members) > _ENTRIES:
                    raise PackageFault(f"{name} has more than {_ENTRIES} entries")
                yield from self._members(name, archive, members, depth)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
            OSError,
        ) as error:
            raise PackageFault(f"{name} is no sound archive: {error}") from error

    def _members(
        self, name: str, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], depth: int
    ) -> Iterator[Package]:
        found = False
        manifest = None
        for member in members:
            lowered = member.filename.lower()
            if lowered.endswith("/pom.properties") and lowered.startswith("meta-inf/maven/"):
                package = _of_properties(self._text(archive, member), name)
                if package is not None:
                    found = True
                    yield package
            elif lowered == "meta-inf/manifest.mf":
                manifest = member
            elif lowered.endswith(SUFFIXES):
                if depth <= 1:
                    raise PackageFault(f"{name} holds archives more than {_DEPTH} deep")
                yield from self.read(f"{name}!{member.filename}", self._whole(archive, member), depth - 1)
        if not found and manifest is not None:
            package = _of_manifest(self._text(archive, manifest), name)
            if package is not None:
                yield package

    def _text(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
        return self._read(archive, member, _TEXT).decode("utf-8", "replace")

    def _whole(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
        return self._read(archive, member, _INNER)

    def _read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
        limit = min(limit, self._left)
        with archive.open(member) as stream:
            content = stream.read(limit + 1)
        if len(content) > limit:
            raise PackageFault(f"{self._path} unpacks to more than may be read of it")
        self._left -= len(content)
        return content


def _of_properties(text: str, path: str) -> Package | None:
    fields = dict(line.split("=", 1) for line in text.splitlines() if "=" in line and line[0] not in "#!")
    group, artifact, version = (fields.get(name, "").strip() for name in ("groupId", "artifactId", "version"))
    return _package(group, artifact, version, path)


def _of_manifest(text: str, path: str) -> Package | None:
    unfolded = text.replace("\r\n", "\n").replace("\n ", "")
    fields = dict(line.split(":", 1) for line in unfolded.split("\n\n")[0].splitlines() if ":" in line)
    of_file = _FILE.fullmatch(PurePosixPath(path.rpartition("!")[2]).stem)

    def first(*names: str) -> str:
        return next((fields[name].strip() for name in names if fields.get(name, "").strip()), "")

    group = first("Implementation-Vendor-Id", "Bundle-SymbolicName").split(";")[0]
    artifact = of_file[1] if of_file else first("Implementation-Title", "Bundle-Name")
    version = first("Implementation-Version", "Bundle-Version", "Specification-Version")
    return _package(group or artifact, artifact, version or (of_file[2] if of_file else ""), path)


def _package(group: str, artifact: str, version: str, path: str) -> Package | None:
    if not artifact or not version or "${" in version or " " in artifact:
        return None
    return Package(PackageKind.MAVEN, f"{group}:{artifact}", version, path=path)
