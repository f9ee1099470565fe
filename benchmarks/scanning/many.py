"""Ten thousand images in one instance: how long until an import is in every report, and a question over all.

A few images are pushed and scanned; their rows are then copied under other digests. Each holds 150 packages
out of 2,000, and the import changes what is known of a quarter of these, so that every image changes.
"""

import gzip
import hashlib
import json
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from benchmarks.copier import Copier, Row, open_copier
from kit.layers import dpkg_status, tar_of
from kit.server import HAVRE, Server, Settings
from kit.tools import run
from replication.site import Site, until
from scanning.images import overview, scan

_PACKAGES: Final = 2000
_HELD: Final = 150
_PUSHED: Final = 20
_OS: Final = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
_QUIET: Final = {"HAVRE_SCANNING_REMATCH_EVERY_S": "1", "HAVRE_LOG_LEVEL": "warning"}
_ASKED: Final = 50


def _advisories(path: Path, fixed: Iterable[str]) -> None:
    lines = (
        {
            "id": f"CVE-2024-{number:05}",
            "affected": [
                {
                    "package": {"ecosystem": "Debian:12", "name": f"package{number}"},
                    "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": version}]}],
                }
            ],
        }
        for number, version in enumerate(fixed)
    )
    path.write_text("\n".join(map(json.dumps, lines)))


def measure(images: int) -> None:
    """Fill an instance, import, ask, and print what it took."""
    with tempfile.TemporaryDirectory() as directory:
        work = Path(directory)
        _advisories(work / "first.jsonl", ["2.0"] * _PACKAGES)
        _advisories(work / "second.jsonl", ["2.0" if n % 4 else "3.0" for n in range(_PACKAGES)])
        with Server(work / "data", Settings(environment=_QUIET)) as server:
            run([HAVRE, "advisories", "import", work / "first.jsonl", "--data", server.data])
            site = Site(server.url, server)
            digests = [_push(site, number) for number in range(_PUSHED)]
            site.http.close()
        with open_copier(server.data / "havre.db", None) as copier:
            _copy(copier, digests, images)
        _copy_components(server.data / "havre.db", digests, images)
        with Server(work / "data", Settings(environment=_QUIET)) as server:
            site = Site(server.url, server)
            _ask(site, images)
            started = time.perf_counter()
            run([HAVRE, "advisories", "import", work / "second.jsonl", "--data", server.data])
            imported = time.perf_counter()
            until(lambda: _is_done(server.data / "havre.db"), deadline_s=600, every_s=0.5)
            took = time.perf_counter() - imported
            shown = overview(site, f"library/app{_PUSHED - 1}", "v1")["summary"]
            print(
                f"rematch of {images:,} images: {took:.1f} s behind an import of {imported - started:.1f} s "
                f"(goal 60); {shown['total']} findings in the last"
            )
            _ask(site, images)
            site.http.close()


def _push(site: Site, number: int) -> str:
    chosen = random.Random(number).sample(range(_PACKAGES), _HELD)
    status = dpkg_status([f"package{one}|1.0|package{one}|amd64" for one in chosen])
    layer = gzip.compress(tar_of({"etc/os-release": _OS, "var/lib/dpkg/status": status}), 1, mtime=0)
    digest = site.push_image(f"library/app{number}", "v1", [layer])
    scan(site, f"library/app{number}", "v1")
    return digest


def _copy(copier: Copier, digests: list[str], images: int) -> None:
    each = images // _PUSHED - 1
    for number, digest in enumerate(digests):
        names = [_digest(number, copy) for copy in range(each)]
        manifest = copier.one("manifest", digest=digest)
        first, tag_id = copier.next_id("manifest"), copier.next_id("tag")
        copier.add("manifest_body", copier.one("manifest_body", digest=digest), _of(names))
        copier.add("manifest", manifest, ({"id": first + n, "digest": one} for n, one in enumerate(names)))
        tag = copier.one("tag", digest=digest)
        copier.add(
            "tag",
            tag,
            ({"id": tag_id + n, "name": f"c{n}", "digest": one} for n, one in enumerate(names)),
        )
        scanned = copier.one("image_scan", digest=digest)
        copier.add(
            "image_scan",
            scanned,
            ({"digest": one, "report_id": f"R{number}-{n}"} for n, one in enumerate(names)),
        )
        for mime in ("application/vnd.security.vulnerability.report; version=1.1",):
            copier.add("scan_overview", copier.one("scan_overview", digest=digest, mime=mime), _of(names))


def _copy_components(database: Path, digests: list[str], images: int) -> None:
    with closing(sqlite3.connect(database)) as rows, rows:
        rows.executemany(
            """INSERT INTO image_component (digest, component_id, paths)
               SELECT ?, component_id, paths FROM image_component WHERE digest = ?""",
            (
                (_digest(number, copy), digest)
                for number, digest in enumerate(digests)
                for copy in range(images // _PUSHED - 1)
            ),
        )


def _of(names: list[str]) -> Iterable[Row]:
    return ({"digest": one} for one in names)


def _digest(number: int, copy: int) -> str:
    return f"sha256:{hashlib.sha256(f'{number}/{copy}'.encode()).hexdigest()}"


def _is_done(database: Path) -> bool:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as rows:
        (versions,) = rows.execute("SELECT COUNT(DISTINCT advisories) FROM image_scan").fetchone()
        (changes,) = rows.execute("SELECT COUNT(*) FROM component_change").fetchone()
        (newest,) = rows.execute("SELECT COUNT(*) FROM finding WHERE fixed = '3.0'").fetchone()
    return bool(versions == 1 and changes == 0 and newest)


def _ask(site: Site, images: int) -> None:
    """Ask which images have a CVE, as people do: a page, and how many there are."""
    took = []
    for number in random.Random(0).sample(range(_PACKAGES), _HELD)[:_ASKED]:  # what the first image holds
        started = time.perf_counter()
        answer = site.api("GET", f"/security/vul?q=cve_id%3DCVE-2024-{number:05}&page_size=100")
        took.append((time.perf_counter() - started) * 1000)
    print(
        f"which of {images:,} images have a CVE: median {statistics.median(took):.1f} ms, "
        f"slowest of {_ASKED} {max(took):.1f} ms (goal 50); {answer.headers['x-total-count']} in the last"
    )
