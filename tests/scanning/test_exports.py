"""What was found is exported as a file, by project, repository, tag, label and CVE."""

import csv
import io
from pathlib import Path

from kit.server import ADMIN_PASSWORD
from replication.site import Site, until
from scanning.images import MIME, artifact, instance, layers, scan

_TYPE = {"X-Scan-Data-Type": MIME}


def _export(site: Site, **wish: object) -> list[dict[str, str]]:
    """Start an export, wait for it and read its rows."""
    project = site.api("GET", "/projects/library").json()["project_id"]
    body = {"job_name": "mine", "projects": [project], **wish}
    started = site.http.post("/api/v2.0/export/cve", json=body, headers=_TYPE)
    assert started.status_code == 200, started.text
    number = started.json()["id"]
    until(lambda: site.api("GET", f"/export/cve/execution/{number}").json()["file_present"])
    answer = site.api("GET", f"/export/cve/download/{number}?format=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_what_was_found_is_exported_as_it_was_asked_for(tmp_path: Path, database_url: str) -> None:
    with instance(tmp_path, database_url) as site:
        both = site.push_image("library/app", "v1", layers())
        one = site.push_image("library/deep/app", "v2", layers()[1:])
        for repository, tag in (("library/app", "v1"), ("library/deep/app", "v2")):
            scan(site, repository, tag)
        label = site.api("POST", "/labels", {"name": "shown", "scope": "g"}, status=201)
        number = int(label.headers["location"].rpartition("/")[2])
        site.api("POST", f"{artifact(site, 'library/deep/app', 'v2')}/labels", {"id": number})

        every = _export(site)

        assert [(row["CVE"], row["Artifact Digest"]) for row in every] == [
            *(("CVE-2024-1", both), ("CVE-2024-2", both), ("CVE-2024-2", one))
        ]
        first = every[0]
        assert {name: first[name] for name in ("RowId", "Project", "Repository", "Scanner", "Package")} == {
            "RowId": "1",
            "Project": "library",
            "Repository": "library/app",
            "Scanner": "Havre",
            "Package": "libcurl4",
        }
        assert (first["Severity"], first["CVSS V3 Score"], first["Fixed in Version"]) == (
            *("Critical", "9.8", "7.88.1-10+deb12u5"),
        )
        assert [row["Artifact Digest"] for row in _export(site, repositories="{deep/app,none}")] == [one]
        assert [row["Artifact Digest"] for row in _export(site, repositories="**")] == [both, both, one]
        assert [row["Artifact Digest"] for row in _export(site, tags="{v2}")] == [one]
        assert [row["Artifact Digest"] for row in _export(site, labels=[number])] == [one]
        assert [row["CVE"] for row in _export(site, cveIds="{CVE-2024-1,CVE-1}")] == ["CVE-2024-1"]
        assert _export(site, repositories="none") == []


def test_an_export_is_its_owners_and_bad_wishes_are_refused_in_words(tmp_path: Path) -> None:
    with instance(tmp_path) as site:
        for name in ("ann", "bob"):
            person = {
                "username": name,
                "password": ADMIN_PASSWORD,
                "email": f"{name}@example.test",
                "realname": name,
            }
            site.api("POST", "/users", person, status=201)
            member = {"role_id": 2, "member_user": {"username": name}}
            site.api("POST", "/projects/library/members", member, status=201)
        ann, bob = (Site(site.url, account=(name, ADMIN_PASSWORD)) for name in ("ann", "bob"))
        _export(ann)
        (shown,) = ann.api("GET", "/export/cve/executions").json()["items"]
        path = f"/api/v2.0/export/cve/execution/{shown['id']}"

        assert (shown["user_name"], shown["status"], shown["trigger"]) == ("ann", "Success", "MANUAL")
        assert bob.api("GET", "/export/cve/executions").json() == {"items": []}
        assert [person.http.get(path).status_code for person in (ann, bob, site)] == [200, 403, 200]
        assert bob.http.get(path.replace("execution", "download")).status_code == 403
        site.api("GET", "/export/cve/download/99999", status=404)
        for body, said in (
            ({"projects": []}, "exactly one"),
            ({"projects": [1, 2]}, "exactly one"),
            ({"projects": [1], "repositories": "{a"}, "repositories"),
            ({"projects": [1], "labels": list(range(2000))}, "labels"),
        ):
            refused = site.http.post("/api/v2.0/export/cve", json=body, headers=_TYPE)
            assert (refused.status_code, said in refused.text) == (400, True), refused.text
        assert site.http.post("/api/v2.0/export/cve", json={"projects": [1]}).status_code == 422
        for one in (ann, bob):
            one.http.close()
