"""Trivy over the advisories that Havre has: a database in its form, its command, what it says.

Source: Trivy's database, schema 2 (reference/scanning.md section 1): bucket of a system or of an ecosystem's
source, package, id -> JSON; `vulnerability` and `data-source` beside them.
"""

import json
import os
import sqlite3
import subprocess
import time
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from benchmarks.scanning.bolt import Tree, write_bolt
from havre.scanning.advisories.model import Affected, Interval, Severity

_LANGUAGES: Final = {
    "PyPI": ("pip::Havre", "pip"),
    "npm": ("npm::Havre", "npm"),
    "Go": ("go::Havre", "go"),
    "RubyGems": ("rubygems::Havre", "rubygems"),
    "crates.io": ("cargo::Havre", "cargo"),
    "Packagist": ("composer::Havre", "composer"),
}
_NAMES: Final = {"debian": "debian", "alpine": "alpine", "almalinux": "alma"}
LEFT_OUT: Final = "debian-list"  # it tells of some fixes only, which Trivy's form cannot say
Finding = tuple[str, str, str]  # id, package, installed version


def write_database(advisories: Path, cache: Path) -> int:
    """Write Trivy's database from ours; returns how many entries it has."""
    packages: dict[str, dict[str, dict[str, bytes]]] = defaultdict(lambda: defaultdict(dict))
    severities: dict[str, int] = {}
    with closing(sqlite3.connect(f"file:{advisories}?mode=ro", uri=True)) as database:
        rows = database.execute(
            """SELECT a.ecosystem, a.name, a.rule, v.findings, v.severity
               FROM affected a JOIN advisory v ON v.id = a.advisory WHERE v.source <> ?""",
            (LEFT_OUT,),
        )
        for ecosystem, name, rule, findings, severity in rows:
            affected = msgspec.json.decode(rule, type=Affected)
            bucket = _bucket_of(ecosystem)
            content = _content(bucket, affected)
            if bucket is None or content is None:
                continue
            for one in json.loads(findings):
                packages[bucket][name][one] = content
                severities[one] = max(severities.get(one, 0), severity)
    tree: dict[bytes, Tree] = {
        bucket.encode(): {
            name.encode(): {key.encode(): value for key, value in ids.items()}
            for name, ids in of_bucket.items()
        }
        for bucket, of_bucket in packages.items()
    }
    source = json.dumps({"ID": "havre", "Name": "Havre", "URL": "https://example.com"}).encode()
    tree[b"data-source"] = {bucket.encode(): source for bucket in packages}
    tree[b"vulnerability"] = {
        name.encode(): json.dumps({"Title": name, "Severity": Severity(level).word.upper()}).encode()
        for name, level in severities.items()
    }
    place = cache / "db"
    place.mkdir(parents=True, exist_ok=True)
    write_bolt(place / "trivy.db", tree)
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
    words = {"Version": 2, "NextUpdate": later, "UpdatedAt": moment, "DownloadedAt": moment}
    (place / "metadata.json").write_text(json.dumps(words))
    return sum(len(ids) for of_bucket in packages.values() for ids in of_bucket.values())


def _bucket_of(ecosystem: str) -> str | None:
    if ecosystem in _LANGUAGES:
        return _LANGUAGES[ecosystem][0]
    name, _, release = ecosystem.partition(":")
    known = _NAMES.get(name.lower())
    return f"{known} {release.lstrip('v')}" if known and release else None


def _content(bucket: str | None, affected: Affected) -> bytes | None:
    if bucket is None or affected.qualifier:
        return None
    if "::" not in bucket:
        highs = [one.high for one in affected.intervals if not one.has_high]
        return json.dumps({"FixedVersion": highs[-1]} if highs and highs[-1] else {}).encode()
    ranges = [_range(one) or ">=0" for one in affected.intervals]
    ranges += [f"={version}" for version in sorted(affected.versions)]
    safe = [text for one in affected.safe if (text := _range(one))]
    if not ranges and not safe:
        return None
    return json.dumps({"VulnerableVersions": ranges, "PatchedVersions": safe}).encode()


def _range(one: Interval) -> str:
    low = f"{'>=' if one.has_low else '>'}{one.low}" if one.low not in ("", "0") else ""
    high = f"{'<=' if one.has_high else '<'}{one.high}" if one.high else ""
    return ", ".join(filter(None, (low, high)))


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    seconds: float
    processor_s: float
    memory_mib: float


def timed(command: list[str | Path], environment: dict[str, str] | None = None) -> tuple[str, Cost]:
    """Run a command to its end and tell what it and its children took; memory is the largest process's."""
    words = ["/usr/bin/time", "-f", "%e %U %S %M", *map(str, command)]
    started = time.perf_counter()
    ended = subprocess.run(
        words, capture_output=True, text=True, env={**os.environ, **(environment or {})}, check=False
    )
    took = time.perf_counter() - started
    if ended.returncode:
        raise RuntimeError(f"{' '.join(words)}\n{ended.stderr[-2000:]}")
    last = ended.stderr.strip().splitlines()[-1].split()
    return ended.stdout, Cost(took, float(last[1]) + float(last[2]), int(last[3]) / 1024)


def scan(programme: Path, layout: Path, cache: Path) -> tuple[set[Finding], Cost]:
    """Have Trivy scan an OCI layout, cold: what it cached of layers goes first."""
    for stale in cache.glob("fanal/*"):
        stale.unlink()
    said, cost = timed(
        [
            *(programme, "image", "--input", layout, "--cache-dir", cache, "--format", "json", "--quiet"),
            *("--scanners", "vuln", "--skip-db-update", "--skip-java-db-update", "--offline-scan"),
            *("--skip-version-check", "--disable-telemetry"),
        ]
    )
    document: dict[str, Any] = json.loads(said)
    found = {
        (one["VulnerabilityID"], one["PkgName"].lower(), one["InstalledVersion"])
        for result in document.get("Results") or ()
        for one in result.get("Vulnerabilities") or ()
    }
    return found, cost
