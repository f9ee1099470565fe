"""Images in a registry are scanned: by hand, when pushed, stopped, unreadable; what is found is read back."""

from pathlib import Path

from kit.server import HAVRE, Server, Settings
from kit.tools import run
from replication.site import Site, until
from scanning.images import HARBOR, MIME, Json, artifact, instance, layers, osv, overview, report, scan


def test_an_image_is_scanned_and_what_is_found_is_read(site: Site) -> None:
    digest = site.push_image("library/app", "v1", layers())
    assert overview(site, "library/app", "v1") == {}
    assert report(site, "library/app", "v1") == {}

    shown = scan(site, "library/app", "v1")

    assert (shown["severity"], shown["complete_percent"], shown["scanner"]["name"]) == (
        "Critical",
        100,
        "Havre",
    )
    assert shown["summary"] == {"total": 2, "fixable": 2, "summary": {"Critical": 1, "Low": 1}}
    found = report(site, "library/app", "v1")[MIME]
    assert [
        (one["id"], one["package"], one["version"], one["fix_version"]) for one in found["vulnerabilities"]
    ] == [
        ("CVE-2024-1", "libcurl4", "7.88.1-10", "7.88.1-10+deb12u5"),
        ("CVE-2024-2", "minimist", "1.2.0", "1.2.6"),
    ]
    first = found["vulnerabilities"][0]
    assert (first["severity"], first["artifact_digests"], first["description"]) == (
        "Critical",
        [digest],
        "curl breaks",
    )
    assert first["preferred_cvss"]["score_v3"] == 9.8
    assert first["links"] == ["https://example.com/CVE-2024-1"]
    log = site.api("GET", f"{artifact(site, 'library/app', 'v1')}/scan/{shown['report_id']}/log").text
    assert "2 packages of Debian GNU/Linux 12 (bookworm)" in log
    older = site.http.get(
        f"/api/v2.0{artifact(site, 'library/app', 'v1')}/additions/vulnerabilities",
        headers={"X-Accept-Vulnerabilities": f"text/none, {HARBOR}"},
    )
    assert list(older.json()) == [HARBOR]


def test_layers_are_read_once_and_a_fixed_image_is_clean(site: Site) -> None:
    site.push_image("library/app", "v1", layers())
    scan(site, "library/app", "v1")
    fixed = [layers(version="7.88.1-10+deb12u5")[0]]
    site.push_image("library/other", "v1", fixed)
    site.push_image("library/other", "v2", [fixed[0], layers()[1]])

    clean = scan(site, "library/other", "v1")
    again = scan(site, "library/other", "v2")

    assert (clean["severity"], clean["summary"]["total"]) == ("None", 0)
    log = site.api("GET", f"{artifact(site, 'library/other', 'v2')}/scan/{again['report_id']}/log").text
    assert log.count(": known") == 2
    assert again["summary"]["total"] == 1


def test_an_index_is_its_images_together(site: Site) -> None:
    parts = layers()
    index, children = site.push_index("library/multi", "latest", parts)

    shown = scan(site, "library/multi", "latest")

    assert shown["summary"]["total"] == 2
    found = report(site, "library/multi", index)[MIME]["vulnerabilities"]
    assert {one["id"]: one["artifact_digests"] for one in found} == {
        "CVE-2024-1": [children[0]],
        "CVE-2024-2": [children[1]],
    }


def test_an_import_reaches_every_report_and_reads_no_layer_again(tmp_path: Path, database_url: str) -> None:
    with instance(tmp_path, database_url) as site:
        digest = site.push_image("library/app", "v1", layers())
        index, _ = site.push_index("library/multi", "latest", layers())
        before = scan(site, "library/app", "v1")
        scan(site, "library/multi", "latest")
        assert site.server is not None
        (tmp_path / "newer.jsonl").write_text(
            osv("CVE-2024-1", "Debian:12", "curl", "7.88.1-9", "")
            + "\n"
            + osv("CVE-2024-2", "npm", "minimist", "1.2.6", "")
            + "\n"
            + osv("CVE-2025-3", "npm", "minimist", "1.3.0", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N")
        )

        run([HAVRE, "advisories", "import", tmp_path / "newer.jsonl", "--data", site.server.data])

        until(lambda: overview(site, "library/app", "v1")["summary"]["summary"] == {"High": 1, "Unknown": 1})
        until(lambda: overview(site, "library/multi", index)["summary"]["total"] == 2)
        found = report(site, "library/app", digest)[MIME]["vulnerabilities"]
        assert [(one["id"], one["fix_version"]) for one in found] == [
            ("CVE-2025-3", "1.3.0"),
            ("CVE-2024-2", "1.2.6"),
        ]
        assert overview(site, "library/app", "v1")["report_id"] == before["report_id"]


def test_a_layer_that_cannot_be_read_is_an_error_and_never_clean(site: Site) -> None:
    site.push_image("library/broken", "v1", [layers()[0][:200]])

    shown = scan(site, "library/broken", "v1", "Error")

    assert (shown["severity"], shown["summary"]["total"]) == ("", 0)
    assert report(site, "library/broken", "v1") == {}
    log = site.api("GET", f"{artifact(site, 'library/broken', 'v1')}/scan/{shown['report_id']}/log").text
    assert "analysis failed" in log
    assert "ends in the middle of its gzip" in log


def test_a_project_that_says_so_has_what_is_pushed_scanned(site: Site) -> None:
    site.api("POST", "/projects", {"project_name": "auto", "metadata": {"auto_scan": "true"}})

    site.push_image("auto/app", "v1", layers())
    site.push_image("library/app", "v1", layers())

    until(lambda: overview(site, "auto/app", "v1").get("scan_status") == "Success")
    assert overview(site, "auto/app", "v1")["summary"]["total"] == 2


def test_without_advisories_a_scan_fails_and_says_what_to_do(tmp_path: Path) -> None:
    with Server(tmp_path / "bare", Settings()) as server:
        site = Site(server.url, server)
        site.push_image("library/app", "v1", layers())
        shown = scan(site, "library/app", "v1", "Error")
        log = site.api("GET", f"{artifact(site, 'library/app', 'v1')}/scan/{shown['report_id']}/log").text
        assert "havre advisories import" in log
        site.http.close()


def test_what_is_no_image_is_refused_and_strangers_are_told_nothing(site: Site) -> None:
    chart = {
        "config": site.push_blob("library/chart", b"{}")
        | {"mediaType": "application/vnd.cncf.helm.config.v1+json"}
    }
    site.push_image("library/chart", "v1", [b"chart"], chart)
    refused = site.http.post(f"/api/v2.0{artifact(site, 'library/chart', 'v1')}/scan")
    assert refused.status_code == 400
    assert "no image" in refused.json()["errors"][0]["message"]
    site.push_image("library/app", "v1", layers())
    path = artifact(site, "library/app", "v1")
    site.api("POST", f"{path}/scan", {"scan_type": "other"}, status=422)
    site.api("POST", f"{artifact(site, 'library/app', 'none')}/scan", status=404)
    site.api("GET", f"{path}/scan/01ABC/log", status=404)
    stranger = Site(site.url, account=("", ""))
    assert stranger.http.post(f"/api/v2.0{path}/scan").status_code in (401, 403)
    stranger.http.close()


def test_everything_is_scanned_followed_and_scheduled(site: Site) -> None:
    parts = layers()
    for name in ("a", "b"):
        site.push_image(f"library/{name}", "v1", parts)  # the same image twice is scanned once
    site.push_image("library/c", "v1", parts[:1])
    site.push_image("library/broken", "v1", [parts[0][:100]])
    assert site.api("GET", "/scans/all/metrics").json() == {
        "total": 0,
        "completed": 0,
        "metrics": {},
        "ongoing": False,
    }

    site.api("POST", "/system/scanAll/schedule", {"schedule": {"type": "Manual"}}, status=201)

    until(lambda: _metrics(site)["completed"] == 3 and not _metrics(site)["ongoing"])
    assert (_metrics(site)["total"], _metrics(site)["trigger"]) == (3, "Manual")
    shown = [overview(site, f"library/{name}", "v1")["scan_status"] for name in ("a", "b", "c", "broken")]
    assert shown == ["Success", "Success", "Success", "Error"]
    site.api("PUT", "/system/scanAll/schedule", {"schedule": {"type": "Custom", "cron": "*/2 * * * * *"}})
    assert site.api("GET", "/system/scanAll/schedule").json()["schedule"]["cron"] == "*/2 * * * * *"
    until(lambda: site.api("GET", "/scans/schedule/metrics").json()["completed"] == 3)
    site.api("PUT", "/system/scanAll/schedule", {"schedule": {"type": "None"}})
    site.api("POST", "/system/scanAll/stop", status=202)
    site.api(
        "POST", "/system/scanAll/schedule", {"schedule": {"type": "Custom", "cron": "never"}}, status=400
    )
    site.api("POST", "/system/scanAll/schedule", {"schedule": {}}, status=422)


def _metrics(site: Site) -> Json:
    found: Json = site.api("GET", "/scans/all/metrics").json()
    return found


def test_the_hub_tells_which_images_have_a_cve(tmp_path: Path, database_url: str) -> None:
    with instance(tmp_path, database_url) as site:
        both = site.push_image("library/app", "v1", layers())
        one = site.push_image("library/deep/app", "v2", layers()[1:])
        for repository, tag in (("library/app", "v1"), ("library/deep/app", "v2")):
            scan(site, repository, tag)

        listed = site.api("GET", "/security/vul?with_tag=true")
        curl = site.api("GET", "/security/vul?q=cve_id%3DCVE-2024-1&with_tag=true").json()

        assert listed.headers["x-total-count"] == "3"
        assert [(found["cve_id"], found["digest"]) for found in listed.json()] == [
            *(("CVE-2024-1", both), ("CVE-2024-2", both), ("CVE-2024-2", one))
        ]
        assert [
            (found["repository_name"], found["tags"], found["package"], found["fixed_version"])
            for found in curl
        ] == [("library/app", ["v1"], "libcurl4", "7.88.1-10+deb12u5")]
        for query, count in {
            "severity=Low": 2,
            "cvss_score_v3=[9.0~10.0]": 1,
            "repository_name=library/deep/app": 1,
            "package=minimist,tag=v2": 1,
            "status=affected": 0,
            "project_id=1": 3,
            f"digest={one}": 1,
        }.items():
            found = site.http.get("/api/v2.0/security/vul", params={"q": query})
            assert len(found.json()) == count, (query, found.text)
        assert site.http.get("/api/v2.0/security/vul", params={"q": "severity=awful"}).status_code == 422
        summary = site.api(
            "GET", "/security/summary?with_dangerous_cve=true&with_dangerous_artifact=true"
        ).json()
        assert {name: summary[name] for name in ("critical_cnt", "low_cnt", "total_vuls", "scanned_cnt")} == {
            "critical_cnt": 1,
            "low_cnt": 2,
            "total_vuls": 3,
            "scanned_cnt": 2,
        }
        assert (summary["fixable_cnt"], summary["total_artifact"]) == (3, 2)
        assert [found["cve_id"] for found in summary["dangerous_cves"]] == ["CVE-2024-1", "CVE-2024-2"]
        assert [found["digest"] for found in summary["dangerous_artifacts"]] == [both, one]


def test_a_project_gives_nobody_what_is_dangerous(tmp_path: Path, database_url: str) -> None:
    with instance(tmp_path, database_url) as site:
        site.api("POST", "/projects", {"project_name": "strict"})
        project = site.api("GET", "/projects/strict").json()["project_id"]
        digest = site.push_image("strict/app", "v1", layers())
        mild = site.push_image("strict/mild", "v1", layers()[1:])
        index, _ = site.push_index("strict/multi", "latest", layers())
        config = site.push_blob("strict/chart", b"{}") | {
            "mediaType": "application/vnd.cncf.helm.config.v1+json"
        }
        chart = site.push_image("strict/chart", "v1", [b"chart"], {"config": config})

        site.api("PUT", f"/projects/{project}", {"metadata": {"prevent_vul": "true", "severity": "high"}})
        until(lambda: site.digest("strict/app", "v1") is None)
        unscanned = site.http.get("/v2/strict/app/manifests/v1")
        for repository in ("strict/app", "strict/mild"):
            scan(site, repository, "v1")
        refused = site.http.get("/v2/strict/app/manifests/v1")

        for answer, said in (
            (unscanned, "was not scanned"),
            (refused, "severity High or worse (CVE-2024-1)"),
        ):
            assert answer.status_code == 412
            (error,) = answer.json()["errors"]
            assert error["code"] == "PROJECTPOLICYVIOLATION"
            assert said in error["message"]
        assert site.http.head(f"/v2/strict/app/manifests/{digest}").status_code == 412
        assert site.digest("strict/mild", "v1") == mild
        assert site.digest("strict/multi", "latest") == index
        assert site.digest("strict/chart", "v1") == chart
        lines = "/auditlog-exts?q=operation%3Ddeny,resource_type%3Dartifact"
        until(lambda: len(site.api("GET", lines).json()) >= 3)
        site.api(
            "PUT",
            f"/projects/{project}",
            {
                "cve_allowlist": {"items": [{"cve_id": "CVE-2024-1"}]},
                "metadata": {"reuse_sys_cve_allowlist": "false"},
            },
        )
        until(lambda: site.digest("strict/app", "v1") == digest)
        site.api("PUT", f"/projects/{project}", {"metadata": {"severity": "low"}})
        until(lambda: site.digest("strict/app", "v1") is None)
        assert "CVE-2024-2" in site.http.get("/v2/strict/app/manifests/v1").text
        site.api("PUT", f"/projects/{project}", {"metadata": {"prevent_vul": "false"}})
        until(lambda: site.digest("strict/app", "v1") == digest)
