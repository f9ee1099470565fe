"""Scanners that are other programmes, each as a process of its own, and what they are let to see and do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kit.server import HAVRE, Server, Settings
from kit.tools import run
from replication.site import Site, until
from scanning.images import MIME, artifact, instance, layers, overview, report, scan

_TESTS = Path(__file__).parents[1]


@contextmanager
def adapter(*flags: str) -> Iterator[str]:
    """Run a scanner as a second process and tell where it is."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kit.scanner_adapter", *flags],
        stdout=subprocess.PIPE,
        text=True,
        cwd=_TESTS,
        env={**os.environ, "PYTHONPATH": str(_TESTS)},
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()


def _register(site: Site, url: str, name: str = "probe", **more: object) -> str:
    made = site.api("POST", "/scanners", {"name": name, "url": url, **more}, status=201)
    return str(made.headers["location"]).rpartition("/")[2]


@pytest.mark.parametrize("kind", ["Basic", "Bearer"])
def test_a_project_has_its_images_scanned_by_another_programme(
    tmp_path: Path, database_url: str, kind: str
) -> None:
    with instance(tmp_path, database_url) as site, adapter("--secret", "s3cret", "--kind", kind) as url:
        uuid = _register(site, url, auth="Bearer", access_credential="s3cret")
        shown = site.api("GET", f"/scanners/{uuid}").json()
        assert (shown["health"], shown["adapter"], shown["vendor"], shown["access_credential"]) == (
            *("healthy", "Probe", "Tests", ""),
        )
        site.api("POST", "/projects", {"project_name": "theirs", "public": False})
        site.api("PUT", "/projects/theirs/scanner", {"uuid": uuid})
        digest = site.push_image("theirs/app", "v1", layers())
        site.push_image("library/app", "v1", layers()[1:])

        found = scan(site, "theirs/app", "v1")
        ours = scan(site, "library/app", "v1")

        assert (found["scanner"], found["severity"]) == (
            {"name": "Probe", "vendor": "Tests", "version": "2.1"},
            "Critical",
        )
        assert found["summary"] == {"total": 2, "fixable": 1, "summary": {"Critical": 1, "Low": 1}}
        rows = report(site, "theirs/app", "v1")[MIME]["vulnerabilities"]
        assert [(row["id"], row["fix_version"], row["artifact_digests"]) for row in rows] == [
            ("CVE-2099-0001", "1.1", [digest]),
            ("CVE-2099-0002", "", [digest]),
        ]
        assert rows[0]["preferred_cvss"]["score_v3"] == 9.8
        assert ours["scanner"]["name"] == "Havre"
        hub = site.api("GET", "/security/vul?q=cve_id%3DCVE-2099-0001").json()
        assert [row["digest"] for row in hub] == [digest]
        log = site.api("GET", f"{artifact(site, 'theirs/app', 'v1')}/scan/{found['report_id']}/log").text
        assert "the scanner probe (Probe 2.1) began scan" in log


def test_what_another_programme_found_outlives_an_import(tmp_path: Path) -> None:
    with instance(tmp_path) as site, adapter() as url:
        site.api("PATCH", f"/scanners/{_register(site, url)}", {"is_default": True})
        site.push_image("library/app", "v1", layers())
        scan(site, "library/app", "v1")
        site.api("PUT", "/projects/library/scanner", {"uuid": _own(site)})
        site.push_image("library/own", "v1", layers()[:1])
        scan(site, "library/own", "v1")
        newer = (tmp_path / "all.jsonl").read_text().replace("10+deb12u5", "9")
        (tmp_path / "newer.jsonl").write_text(newer)
        assert site.server is not None

        run([HAVRE, "advisories", "import", tmp_path / "newer.jsonl", "--data", site.server.data])

        until(lambda: overview(site, "library/own", "v1")["summary"]["total"] == 0)
        assert overview(site, "library/app", "v1")["summary"]["total"] == 2
        assert len(report(site, "library/app", "v1")[MIME]["vulnerabilities"]) == 2


def test_a_scanner_that_fails_is_an_error_that_says_why_and_one_that_hangs_is_stopped(tmp_path: Path) -> None:
    with instance(tmp_path) as site, adapter() as url:
        site.api("PATCH", f"/scanners/{_register(site, url)}", {"is_default": True})
        site.push_image("library/broken", "v1", layers())
        site.push_image("library/slow", "v1", layers()[1:])

        shown = scan(site, "library/broken", "v1", "Error")
        scan(site, "library/slow", "v1", "Running")
        site.api("POST", f"{artifact(site, 'library/slow', 'v1')}/scan/stop", status=202)

        assert (shown["severity"], report(site, "library/broken", "v1")) == ("", {})
        path = f"{artifact(site, 'library/broken', 'v1')}/scan/{shown['report_id']}/log"
        until(lambda: "began scan" in site.api("GET", path).text)
        until(lambda: overview(site, "library/slow", "v1")["scan_status"] == "Stopped")


def test_a_scanner_looks_at_what_nobody_else_may_pull_and_at_nothing_else(tmp_path: Path) -> None:
    with instance(tmp_path) as site, adapter() as url:
        site.api(
            "POST",
            "/projects",
            {"project_name": "strict", "metadata": {"prevent_vul": "true", "severity": "low"}},
        )
        site.api("PUT", "/projects/strict/scanner", {"uuid": _register(site, url)})
        site.push_image("strict/app", "v1", layers())
        assert site.http.get("/v2/strict/app/manifests/v1").status_code == 412

        found = scan(site, "strict/app", "v1")

        assert found["summary"]["total"] == 2
        assert "CVE-2099-0001" in site.http.get("/v2/strict/app/manifests/v1").text
        names = [robot["name"] for robot in site.api("GET", "/robots").json()]
        assert names == []


def _own(site: Site) -> str:
    (own,) = [one for one in site.api("GET", "/scanners").json() if one["name"] == "Havre"]
    return str(own["uuid"])


def test_scanners_are_configured_chosen_and_forgotten(tmp_path: Path) -> None:
    with Server(tmp_path / "data", Settings()) as server, adapter("--secret", "right") as url:
        site = Site(server.url, server)
        own = _own(site)
        uuid = _register(site, url, auth="Bearer", access_credential="wrong")

        shown = site.api("GET", f"/scanners/{uuid}").json()
        told = site.http.get(f"/api/v2.0/scanners/{uuid}/metadata")
        site.api(
            "PUT",
            f"/scanners/{uuid}",
            {"name": "probe", "url": url, "auth": "Bearer", "access_credential": "right"},
        )

        assert shown["health"] == "unhealthy"
        assert told.status_code == 400
        assert "401: the credential is wrong" in told.text
        assert site.api("GET", f"/scanners/{uuid}").json()["health"] == "healthy"
        said = site.api("GET", f"/scanners/{uuid}/metadata").json()
        assert (said["scanner"]["name"], said["capabilities"][0]["type"]) == ("Probe", "vulnerability")
        site.api("PUT", f"/scanners/{uuid}", {"name": "renamed", "url": url, "auth": "Bearer"})
        assert site.api("GET", f"/scanners/{uuid}/metadata").json()["scanner"]["name"] == "Probe"  # kept
        moved = {"name": "renamed", "url": "http://elsewhere.test", "auth": "Bearer"}
        site.api("PUT", f"/scanners/{uuid}", moved, status=400)
        site.api("POST", "/scanners", {"name": "renamed", "url": "http://other.test"}, status=409)
        site.api("POST", "/scanners", {"name": "other", "url": url}, status=409)
        site.api("POST", "/scanners", {"name": "other", "url": "ftp://x"}, status=400)
        site.api("POST", "/scanners", {"name": "other", "url": "http://x.test", "auth": "Basic"}, status=400)
        site.api("POST", "/scanners/ping", {"name": "x", "url": url}, status=400)
        site.api(
            "POST",
            "/scanners/ping",
            {"name": "x", "url": url, "auth": "Bearer", "access_credential": "right"},
        )
        site.api("PATCH", f"/scanners/{uuid}", {"is_default": True})
        assert site.api("GET", "/projects/library/scanner").json()["uuid"] == uuid
        site.api("PUT", f"/scanners/{uuid}", {"name": "renamed", "url": url, "disabled": True}, status=400)
        site.api("PATCH", f"/scanners/{own}", {"is_default": True})
        site.api("PUT", f"/scanners/{uuid}", {"name": "renamed", "url": url, "disabled": True})
        site.api("PUT", "/projects/library/scanner", {"uuid": uuid}, status=400)
        site.api("PUT", "/projects/library/scanner", {"uuid": "none"}, status=404)
        names = [one["name"] for one in site.api("GET", "/projects/library/scanner/candidates").json()]
        assert names == ["Havre"]
        site.api("DELETE", f"/scanners/{own}", status=403)
        assert site.api("DELETE", f"/scanners/{uuid}").json()["name"] == "renamed"
        assert [one["name"] for one in site.api("GET", "/scanners").json()] == ["Havre"]
        site.http.close()
