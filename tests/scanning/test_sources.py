"""Advisories are fetched from where the settings say: a file over HTTP, an artifact of another instance."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from kit.server import HAVRE, Server, Settings
from kit.tools import CommandError, run
from replication.site import Site, until
from scanning.images import instance, layers, osv, overview, scan

_CURL = osv(
    "CVE-2024-1", "Debian:12", "curl", "7.88.1-10+deb12u5", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
)
_MINIMIST = osv("CVE-2024-2", "npm", "minimist", "1.2.6", "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N")


class Publisher(ThreadingHTTPServer):
    """Publishes one file, by way of a redirection, and counts how often it was sent whole."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Publisher)
        self.content = b""
        self.sent = 0

    def publish(self, *records: str) -> None:
        """Put another file there."""
        self.content = gzip.compress("\n".join(records).encode(), mtime=0)

    @property
    def url(self) -> str:
        """Where the file is."""
        return f"http://127.0.0.1:{self.server_address[1]}/all.jsonl.gz"


class _Publisher(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        """Send the file, or say that it is the one that was sent before."""
        tag = f'"{hash(self.server.content)}"'
        moved = self.path == "/all.jsonl.gz"
        is_known = self.headers["If-None-Match"] == tag
        self.send_response(302 if moved else 304 if is_known else 200)
        body = b"" if moved or is_known else self.server.content
        if moved:
            self.send_header("Location", "/there/all.jsonl.gz")
        else:
            self.send_header("ETag", tag)
            self.server.sent += not is_known
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@contextmanager
def publisher() -> Iterator[Publisher]:
    """Serve one."""
    server = Publisher()
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def _events(site: Site, operation: str, kind: str) -> list[str]:
    query = f"operation%3D{operation},resource_type%3D{kind}"
    return [one["resource"] for one in site.api("GET", f"/auditlog-exts?q={query}").json()]


def test_a_file_is_fetched_when_it_is_new_and_what_it_tells_of_is_noticed(
    tmp_path: Path, database_url: str
) -> None:
    environment = {
        "HAVRE_SCANNING_FETCH_EVERY_S": "1",
        "HAVRE_SCANNING_REMATCH_EVERY_S": "1",
        "HAVRE_OUTGOING_ALLOW": "127.0.0.0/8",
    }
    if database_url:
        environment["HAVRE_DATABASE_URL"] = database_url
    with publisher() as source:
        source.publish(_CURL)
        environment["HAVRE_SCANNING_SOURCES"] = source.url
        with Server(tmp_path / "data", Settings(environment=environment)) as server:
            site = Site(server.url, server)
            until(lambda: len(_events(site, "update", "advisories")) == 1)
            digest = site.push_image("library/app", "v1", layers())
            assert scan(site, "library/app", "v1")["summary"]["total"] == 1

            source.publish(_CURL, _MINIMIST)

            until(lambda: overview(site, "library/app", "v1")["summary"]["total"] == 2)
            until(lambda: _events(site, "find", "artifact") == [f"library/app@{digest}"])
            sent = source.sent
            source.publish(_CURL)  # half of it is lost
            until(lambda: "import" in _events(site, "fail", "advisories"))
            assert overview(site, "library/app", "v1")["summary"]["total"] == 2
            assert sent == 2
            source.content = b"nonsense"
            until(lambda: len(_events(site, "fail", "advisories")) > 1)
            assert overview(site, "library/app", "v1")["summary"]["total"] == 2
            site.http.close()
            if not database_url:
                server.check()


def test_an_instance_feeds_another_by_an_artifact(tmp_path: Path) -> None:
    with instance(tmp_path) as site:
        packed = gzip.compress(f"{_CURL}\n{_MINIMIST}".encode(), mtime=0)
        layer = site.push_blob("library/advisories", packed)
        title = {"org.opencontainers.image.title": "../all.jsonl.gz"}
        config = site.push_blob("library/advisories", b"{}")
        document = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "artifactType": "application/vnd.example.advisories",
            "config": config | {"mediaType": "application/vnd.oci.empty.v1+json"},
            "layers": [layer | {"mediaType": "application/gzip", "annotations": title}],
        }
        site.push_manifest("library/advisories", document, "v1")
        other = tmp_path / "other"
        reference = f"oci+http://{site.url.partition('//')[2]}/library/advisories:v1"
        allowed = {"HAVRE_OUTGOING_ALLOW": "127.0.0.0/8"}
        run([HAVRE, "init", "--data", other], allowed)

        run([HAVRE, "advisories", "import", reference, "--data", other], allowed)

        assert "2 advisories" in run([HAVRE, "advisories", "status", "--data", other])
        words = {**allowed, "HAVRE_SCANNING_SOURCES": f"{reference} {reference}0"}
        said = run([HAVRE, "advisories", "fetch", "--data", other], words)
        assert "advisories:v10 was refused" in said
        again = run([HAVRE, "advisories", "fetch", "--data", other], words)
        assert "advisories:v10 was refused" in again
        for bad in ("ftp://example.com/x", "oci://example.com", "https://example.com"):
            refused = {**allowed, "HAVRE_SCANNING_SOURCES": bad}
            with pytest.raises(CommandError, match=r"scanning\.sources"):
                run([HAVRE, "advisories", "fetch", "--data", other], refused)
