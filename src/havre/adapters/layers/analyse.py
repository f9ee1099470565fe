"""Analyse one layer: walk through it once, read what tells of packages, note what it takes away."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from havre.adapters.layers.limits import LayerRefused, Limits
from havre.adapters.layers.rpmdb import read_rpmdb
from havre.adapters.layers.tar import Content, Entry, EntryKind, walk
from havre.adapters.layers.unpack import Stream, unpacked
from havre.scanning.files import FileKind, canonical, is_of_language, kind_of
from havre.scanning.packages.apk import parse_apk
from havre.scanning.packages.cargo import SECTION, parse_cargo
from havre.scanning.packages.composer import parse_composer
from havre.scanning.packages.dpkg import parse_dpkg
from havre.scanning.packages.gem import parse_gem
from havre.scanning.packages.go import MAGIC, parse_go
from havre.scanning.packages.jar import parse_jar
from havre.scanning.packages.model import Package, PackageFault, plain
from havre.scanning.packages.npm import parse_npm
from havre.scanning.packages.python import parse_python
from havre.scanning.record import LayerRecord

Parse = Callable[[str, bytes], Iterator[Package]]
_PARSERS: Final[Mapping[FileKind, Parse]] = {
    FileKind.DPKG: parse_dpkg,
    FileKind.APK: parse_apk,
    FileKind.PYTHON: parse_python,
    FileKind.NPM: parse_npm,
    FileKind.GEM: parse_gem,
    FileKind.COMPOSER: parse_composer,
    FileKind.JAR: parse_jar,
}
_ELF: Final = b"\x7fELF"
_PIECE: Final = 1 << 20
_FAULTS: Final = 50
_GO_BYTES: Final = 4 << 20  # of build information
_FIELD: Final = re.compile(r"^([A-Z_]+)=(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\n]*))$", re.MULTILINE)
_APK_OWNED: Final = re.compile(r"^([FR]):(.+)$", re.MULTILINE)


def analyse(stream: Stream, limits: Limits) -> LayerRecord:
    """Read a layer to its end; what went wrong is a fault of the record, and what was read before stays."""
    analysis = _Analysis(limits)
    try:
        analysis.record.entries = walk(unpacked(stream, limits), limits, analysis.see)
    except LayerRefused as error:
        analysis.fault(str(error))
    return analysis.record


class _Analysis:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.kept
        self.record = LayerRecord()

    def fault(self, text: str) -> None:
        """Note what could not be read; the first fifty are told."""
        if len(self.record.faults) < _FAULTS:
            self.record.faults.append(text[:500])

    def see(self, entry: Entry, content: Content) -> None:
        """Take an entry."""
        folder, _, base = entry.name.rpartition("/")
        if base == ".wh..wh..opq":
            self.record.opaque.append(folder)
        elif base.startswith(".wh."):
            name = base.removeprefix(".wh.")
            self.record.whiteouts.append(f"{folder}/{name}" if folder else name)
        elif entry.kind is EntryKind.FILE:
            self._file(entry, content)
        elif entry.kind is EntryKind.HARDLINK:
            self._hardlink(entry)
        elif entry.kind is EntryKind.SYMLINK and kind_of(entry.name) in _PARSERS:
            self.record.packages[canonical(entry.name)] = []  # what was there is behind a link now

    def _hardlink(self, entry: Entry) -> None:
        known = self.record.packages.get(entry.target.lstrip("/"))
        if known is not None:
            self.record.packages[entry.name] = list(known)

    def _file(self, entry: Entry, content: Content) -> None:
        kind = kind_of(entry.name)
        if kind is None:
            self._programme(entry, content)
        elif kind is FileKind.RPM_OLD:
            if entry.size:
                self.fault(f"{entry.name} is an RPM database of a form that is not read")
        else:
            self._known(kind, entry, content)

    def _known(self, kind: FileKind, entry: Entry, content: Content) -> None:
        if entry.size > self._limits.file or entry.size > self._left:
            self.fault(f"{entry.name} has {entry.size} bytes, more than is read of one file")
            return
        self._left -= entry.size
        body = _whole(content)
        path = canonical(entry.name)
        try:
            if kind in (FileKind.OS, FileKind.ALPINE):
                self.record.system[path] = _os_fields(kind, body)
            elif kind is FileKind.DPKG_FILES:
                self._own(body.decode("utf-8", "backslashreplace").splitlines())
            elif kind is FileKind.RPM:
                self._rpm(path, body)
            else:
                self.record.packages[path] = list(_PARSERS[kind](path, body))
                if kind is FileKind.APK:
                    self._own(_apk_files(body))
        except PackageFault as error:
            self.record.packages.setdefault(path, [])
            self.fault(str(error))

    def _rpm(self, path: str, body: bytes) -> None:
        found = self.record.packages[path] = []
        for package, files in read_rpmdb(path, body):
            if package is not None:
                found.append(package)
            self._own(files)

    def _own(self, files: Iterator[str] | list[str] | tuple[str, ...]) -> None:
        names = (name.lstrip("/") for name in files)
        self.record.owned += [name for name in names if is_of_language(name)]

    def _programme(self, entry: Entry, content: Content) -> None:
        """Look into a programme for what Go and Rust leave in theirs; its bytes pass, and are not kept."""
        head = content.read(min(_PIECE, entry.size)) if entry.size > len(_ELF) else b""
        if not head.startswith(_ELF):
            if head.startswith(b"#!"):
                self.record.plain.append(entry.name)
            return
        packages: list[Package] = []
        try:
            packages = self._of_programme(entry, content, head)
        except PackageFault as error:
            self.fault(str(error))
        if packages:
            self.record.packages[entry.name] = packages
        else:
            self.record.plain.append(entry.name)

    def _of_programme(self, entry: Entry, content: Content, head: bytes) -> list[Package]:
        packages: list[Package] = []
        window, has_crates, kept = head, SECTION in head, [head]
        is_whole = entry.size <= min(self._limits.file, self._left)
        while True:
            at = window.find(MAGIC)
            if at >= 0 and not packages:
                rest = window[at:]
                while len(rest) < _GO_BYTES and (piece := content.read(_PIECE)):
                    rest += piece
                    kept.append(piece)
                packages = list(parse_go(entry.name, rest))
                window = rest
            piece = content.read(_PIECE)
            if not piece:
                break
            window = window[-64:] + piece
            has_crates = has_crates or SECTION in window
            if is_whole:
                kept.append(piece)
        if has_crates and is_whole:
            packages += parse_cargo(entry.name, b"".join(kept))
        return packages


def _whole(content: Content) -> bytes:
    parts = []
    while piece := content.read(_PIECE):
        parts.append(piece)
    return b"".join(parts)


def _os_fields(kind: FileKind, body: bytes) -> dict[str, str]:
    text = body[:65_536].decode("utf-8", "replace")
    if kind is FileKind.ALPINE:
        return {"VERSION_ID": plain(text.strip()[:100])}
    return {name: plain(double or single or bare) for name, double, single, bare in _FIELD.findall(text)}


def _apk_files(body: bytes) -> Iterator[str]:
    folder = ""
    for kind, name in _APK_OWNED.findall(body.decode("utf-8", "backslashreplace")):
        if kind == "F":
            folder = name
        else:
            yield f"{folder}/{name}"
