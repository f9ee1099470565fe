"""Instances that know of two vulnerabilities, images that have them, and what is asked of scans."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kit.layers import dpkg_status, tar_of
from kit.server import HAVRE, Server, Settings
from kit.tools import run
from replication.site import Site, until

_OS: Final = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
MIME: Final = "application/vnd.security.vulnerability.report; version=1.1"
HARBOR: Final = "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0"
Json = dict[str, Any]


def osv(name: str, ecosystem: str, package: str, fixed: str, vector: str) -> str:
    """Write an advisory of one package."""
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return json.dumps(
        {
            "id": name,
            "details": f"{package} breaks",
            "affected": [affected],
            "severity": [{"type": "CVSS_V3", "score": vector}],
            "references": [{"type": "WEB", "url": f"https://example.com/{name}"}],
        }
    )


@contextmanager
def instance(tmp_path: Path, database_url: str = "") -> Iterator[Site]:
    """Run an instance that knows of two vulnerabilities."""
    (tmp_path / "all.jsonl").write_text(
        osv(
            "CVE-2024-1",
            "Debian:12",
            "curl",
            "7.88.1-10+deb12u5",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        )
        + "\n"
        + osv("CVE-2024-2", "npm", "minimist", "1.2.6", "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N")
    )
    environment = {"HAVRE_SCANNING_REMATCH_EVERY_S": "1"}
    if database_url:
        environment["HAVRE_DATABASE_URL"] = database_url
    with Server(tmp_path / "data", Settings(environment=environment)) as server:
        run([HAVRE, "advisories", "import", tmp_path / "all.jsonl", "--data", server.data])
        found = Site(server.url, server)
        yield found
        found.http.close()


def layers(package: str = "curl", version: str = "7.88.1-10") -> list[bytes]:
    """Make the layers of an image that has both: a system and an application."""
    base = tar_of(
        {
            "etc/os-release": _OS,
            "var/lib/dpkg/status": dpkg_status([f"lib{package}4|{version}|{package}|amd64"]),
        }
    )
    app = tar_of({"app/node_modules/minimist/package.json": '{"name": "minimist", "version": "1.2.0"}'})
    return [gzip.compress(base, 1, mtime=0), gzip.compress(app, 1, mtime=0)]


def artifact(site: Site, repository: str, reference: str) -> str:
    """Give the path of an artifact in the API."""
    project, _, name = repository.partition("/")
    return f"/projects/{project}/repositories/{name.replace('/', '%252F')}/artifacts/{reference}"


def overview(site: Site, repository: str, reference: str) -> Json:
    """Read what lists show of its scan."""
    shown = site.api("GET", f"{artifact(site, repository, reference)}?with_scan_overview=true").json()
    found: Json = (shown.get("scan_overview") or {}).get(MIME) or {}
    return found


def scan(site: Site, repository: str, reference: str, status: str = "Success") -> Json:
    """Have it scanned, wait for the end and read what lists show."""
    site.api("POST", f"{artifact(site, repository, reference)}/scan", status=202)
    until(lambda: overview(site, repository, reference).get("scan_status") == status)
    return overview(site, repository, reference)


def report(site: Site, repository: str, reference: str) -> Json:
    """Read its report."""
    found: Json = site.api("GET", f"{artifact(site, repository, reference)}/additions/vulnerabilities").json()
    return found
