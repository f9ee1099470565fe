"""Tell by its content what a document is, and read it. Pure; see `formats/`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final

import msgspec
import yaml

from havre.scanning.advisories.formats.alpine import parse_alpine
from havre.scanning.advisories.formats.debian import parse_list, parse_tracker
from havre.scanning.advisories.formats.nodejs import parse_core, parse_npm
from havre.scanning.advisories.formats.notes import parse_epss, parse_kev
from havre.scanning.advisories.formats.osv import parse_osv
from havre.scanning.advisories.formats.php import parse_php
from havre.scanning.advisories.formats.retirejs import parse_retirejs
from havre.scanning.advisories.formats.ruby import parse_ruby
from havre.scanning.advisories.formats.rustsec import parse_rustsec
from havre.scanning.advisories.model import Advisory, Faults, Note

Known = Advisory | Note
_WRONG: Final = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    msgspec.DecodeError,
    yaml.YAMLError,
    RecursionError,
)
_LIST: Final = re.compile(rb"\[\d\d \w{3} \d{4}\] D[SLT]A-\d")
# By what ids begin with, where that is not their name.
_SOURCES: Final = {
    "pysec": "pypa",
    "go": "go-vulndb",
    "bit": "bitnami",
    "debchangelog": "debian-changelog",
    "cve": "osv-cve",
    **dict.fromkeys(("alsa", "alba", "alea"), "almalinux"),
    **dict.fromkeys(("rlsa", "rlba", "rlea", "rxsa"), "rocky"),
    **dict.fromkeys(("rhsa", "rhba", "rhea"), "red-hat"),
    **dict.fromkeys(("dsa", "dla", "dtsa", "debian"), "debian-osv"),
    **dict.fromkeys(("usn", "lsn", "ubuntu"), "ubuntu"),
}
# All scalars as texts: 1.10 is a version, and no number.
_LOADER: Final = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def read_document(path: str, content: bytes, faults: Faults) -> Iterator[Known]:
    """Read all that a document says; what cannot be read is a fault, what is of no known kind is nothing."""
    try:
        yield from _by_kind(PurePosixPath(path), content, faults)
    except _WRONG as error:
        faults.add(path, f"{type(error).__name__}: {error}")


def _by_kind(path: PurePosixPath, content: bytes, faults: Faults) -> Iterator[Known]:
    head = content[:4096].lstrip()
    if path.suffix in (".yaml", ".yml"):
        document = yaml.load(content, _LOADER)  # noqa: S506 - it makes texts, lists and mappings alone
        if isinstance(document, dict):
            yield from _of_yaml(document, path)
    elif path.suffix == ".md":
        if b"```toml" in content and b"[advisory]" in content:
            yield parse_rustsec(content.decode())
    elif head.startswith((b"{", b"[{")) and path.suffix in (".jsonl", ".ndjson"):
        yield from _of_lines(path, content, faults)
    elif head.startswith((b"{", b"[{")):
        yield from _of_json(msgspec.json.decode(content), path)
    elif head.startswith((b"#model_version", b"cve,epss")):
        yield from parse_epss(content.decode())
    elif _LIST.search(head):
        yield from parse_list(content.decode())


def _of_lines(path: PurePosixPath, content: bytes, faults: Faults) -> Iterator[Known]:
    for number, line in enumerate(content.splitlines(), 1):
        try:
            if line.strip():
                yield from _of_json(msgspec.json.decode(line), path)
        except _WRONG as error:
            faults.add(f"{path}:{number}", f"{type(error).__name__}: {error}")


def _of_yaml(document: Mapping[str, Any], path: PurePosixPath) -> Iterator[Known]:
    if "gem" in document:
        yield parse_ruby(document)
    elif str(document.get("reference") or "").startswith("composer://"):
        yield parse_php(document, path.stem)
    elif "distroversion" in document:
        yield from parse_alpine(document)
    elif "id" in document and "affected" in document:
        yield parse_osv(document, source_of(str(document["id"])))


def _of_json(document: Any, path: PurePosixPath) -> Iterator[Known]:
    if isinstance(document, list):
        for one in document:
            yield from _of_json(one, path)
    elif "id" in document and ("affected" in document or "schema_version" in document):
        yield parse_osv(document, source_of(str(document["id"])))
    elif "catalogVersion" in document and "vulnerabilities" in document:
        yield from parse_kev(document)
    elif "distroversion" in document and "packages" in document:
        yield from parse_alpine(document)
    elif "module_name" in document:
        yield parse_npm(document)
    elif "vulnerable" in document and ("cve" in document or "patched" in document):
        yield parse_core(document, path.stem)
    else:
        yield from _of_tables(document)


def _of_tables(document: Mapping[str, Any]) -> Iterator[Known]:
    """Read what has the names of packages for keys."""
    facts = [one for one in document.values() if isinstance(one, dict)]
    if facts and all("vulnerabilities" in one for one in facts):
        yield from parse_retirejs(document)
    elif facts and any(
        isinstance(inner, dict) and "releases" in inner for one in facts for inner in one.values()
    ):
        yield from parse_tracker(document)


def source_of(advisory_id: str) -> str:
    """Name the source of an OSV record by its id: `PYSEC-2021-1` is of PyPA."""
    prefix = advisory_id.partition("-")[0].lower()[:40]
    return _SOURCES.get(prefix, prefix or "osv")
