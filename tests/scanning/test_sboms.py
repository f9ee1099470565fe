"""SBOMs of images over the API: by hand and on push, as referrers, the same for the same image."""

import gzip
import json
from functools import partial
from pathlib import Path

from kit.layers import tar_of
from replication.site import Site, until
from scanning.images import Json, artifact, instance, layers

_REPORT = "application/vnd.security.sbom.report+json; version=1.0"


def _overview(site: Site, repository: str, reference: str) -> Json:
    shown = site.api("GET", f"{artifact(site, repository, reference)}?with_sbom_overview=true").json()
    found: Json = shown.get("sbom_overview") or {}
    return found


def _make(site: Site, repository: str, reference: str, status: str = "Success") -> Json:
    site.api("POST", f"{artifact(site, repository, reference)}/scan", {"scan_type": "sbom"}, status=202)
    until(lambda: _overview(site, repository, reference).get("scan_status") == status)
    return _overview(site, repository, reference)


def test_an_image_gets_sboms_that_are_its_referrers(tmp_path: Path, database_url: str) -> None:
    with instance(tmp_path, database_url) as site:
        digest = site.push_image("library/app", "v1", layers())
        assert _overview(site, "library/app", "v1") == {}
        site.api("GET", f"{artifact(site, 'library/app', 'v1')}/additions/sbom", status=404)

        shown = _make(site, "library/app", "v1")

        document = site.api("GET", f"{artifact(site, 'library/app', 'v1')}/additions/sbom").json()
        assert (document["spdxVersion"], sorted(one["name"] for one in document["packages"][1:])) == (
            *("SPDX-2.3", ["libcurl4", "minimist"]),
        )
        listed = site.http.get(f"/v2/library/app/referrers/{digest}").json()["manifests"]
        assert sorted(one["artifactType"] for one in listed) == [
            *("application/spdx+json", "application/vnd.cyclonedx+json")
        ]
        accessories = site.api("GET", f"{artifact(site, 'library/app', 'v1')}/accessories").json()
        kinds = {one["digest"]: one["type"] for one in accessories}
        assert (kinds[shown["sbom_digest"]], sorted(kinds.values())) == (
            *("sbom.harbor", ["sbom.harbor", "subject.accessory"]),
        )
        (other,) = [one for one in listed if one["artifactType"].endswith("cyclonedx+json")]
        manifest = site.http.get(f"/v2/library/app/manifests/{other['digest']}").json()
        layer = site.http.get(f"/v2/library/app/blobs/{manifest['layers'][0]['digest']}").json()
        assert (layer["bomFormat"], len(layer["components"])) == ("CycloneDX", 3)
        log = site.api("GET", f"{artifact(site, 'library/app', 'v1')}/scan/{shown['report_id']}/log").text
        assert f"2 packages; SPDX is {shown['sbom_digest']}" in log
        again = _again(site, shown)
        assert again["sbom_digest"] == shown["sbom_digest"]
        assert len(site.http.get(f"/v2/library/app/referrers/{digest}").json()["manifests"]) == 2


def _again(site: Site, before: Json) -> Json:
    site.api("POST", f"{artifact(site, 'library/app', 'v1')}/scan", {"scan_type": "sbom"}, status=202)
    until(lambda: _overview(site, "library/app", "v1")["report_id"] != before["report_id"])
    until(lambda: _overview(site, "library/app", "v1")["scan_status"] == "Success")
    return _overview(site, "library/app", "v1")


def test_a_project_that_says_so_gets_them_on_push_and_they_make_none_themselves(site: Site) -> None:
    metadata = {"auto_sbom_generation": "true"}
    site.api("POST", "/projects", {"project_name": "auto", "metadata": metadata})

    digest = site.push_image("auto/app", "v1", layers())
    site.push_image("library/app", "v1", layers()[1:])

    until(lambda: _overview(site, "auto/app", "v1").get("scan_status") == "Success")
    assert len(site.http.get(f"/v2/auto/app/referrers/{digest}").json()["manifests"]) == 2
    assert _overview(site, "library/app", "v1") == {}
    (one,) = site.api("GET", "/projects/auto/repositories/app/artifacts").json()
    assert one["digest"] == digest  # what describes it stands under it


def test_names_that_are_no_text_and_layers_that_cannot_be_read(tmp_path: Path, database_url: str) -> None:
    odd = tar_of(
        {
            b"app/node_modules/\xff/package.json".decode("utf-8", "surrogateescape"): json.dumps(
                {"name": "x\u0000", "version": "1"}
            )
        }
    )
    with instance(tmp_path, database_url) as site:
        site.push_image("library/odd", "v1", [gzip.compress(odd, 1, mtime=0)])
        site.push_image("library/broken", "v1", [layers()[0][:200]])

        _make(site, "library/odd", "v1")
        site.api("POST", f"{artifact(site, 'library/odd', 'v1')}/scan", status=202)
        failed = _make(site, "library/broken", "v1", "Error")

        path = artifact(site, "library/broken", "v1")
        assert (
            "ends in the middle of its gzip" in site.api("GET", f"{path}/scan/{failed['report_id']}/log").text
        )
        site.api("GET", f"{path}/additions/sbom", status=404)
        site.api("POST", f"{path}/scan", status=202)


def _is_made(site: Site, digest: str) -> bool:
    return bool(_overview(site, "library/multi", digest).get("scan_status") == "Success")


def test_an_index_has_the_sboms_of_its_images(site: Site) -> None:
    index, children = site.push_index("library/multi", "latest", layers())

    site.api("POST", f"{artifact(site, 'library/multi', 'latest')}/scan", {"scan_type": "sbom"}, status=202)

    for child in children:
        until(partial(_is_made, site, child))
        assert len(site.http.get(f"/v2/library/multi/referrers/{child}").json()["manifests"]) == 2
    assert site.digest("library/multi", "latest") == index
