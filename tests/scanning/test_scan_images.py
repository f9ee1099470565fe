"""`havre scan` of images in a registry: by tag, digest and index, with the account of `docker login`."""

import base64
import json
from pathlib import Path

import pytest

from havre.assembly.remote_images import parts_of
from havre.scanning.errors import ImageUnreadable
from kit.server import ADMIN_PASSWORD, HAVRE
from kit.tools import CommandError, run
from replication.site import Site
from scanning.images import Json, layers


def _scan(site: Site, config: Path, reference: str, *flags: str) -> Json:
    assert site.server is not None
    host = site.url.partition("//")[2]
    said = run(
        [HAVRE, "scan", f"{host}/{reference}", "--format", "json", "--data", site.server.data, *flags],
        {"DOCKER_CONFIG": str(config)},
    )
    (image,) = json.loads(said)["images"]
    found: Json = image
    return found


def test_an_image_of_a_registry_is_scanned_as_a_file_is(site: Site, tmp_path: Path) -> None:
    site.api("POST", "/projects", {"project_name": "private"})
    digest = site.push_image("private/app", "v1", layers())
    site.push_index("private/multi", "latest", layers())
    auth = base64.b64encode(f"admin:{ADMIN_PASSWORD}".encode()).decode()
    host = site.url.partition("//")[2]
    (tmp_path / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))

    by_tag = _scan(site, tmp_path, "private/app:v1")
    by_digest = _scan(site, tmp_path, f"private/app@{digest}")

    found = [(one["id"], one["package"]) for one in by_tag["vulnerabilities"]]
    assert found == [("CVE-2024-1", "libcurl4"), ("CVE-2024-2", "minimist")]
    assert by_digest["vulnerabilities"] == by_tag["vulnerabilities"]
    with pytest.raises(CommandError, match=r"exit 2[\s\S]*private/app"):
        _scan(site, tmp_path / "none", "private/app:v1")
    with pytest.raises(CommandError, match=r"no image of plan9/mips"):
        _scan(site, tmp_path, "private/multi", "--platform", "plan9/mips")
    one = _scan(site, tmp_path, "private/multi", "--platform", "linux/arch1")
    assert (one["platform"], [hit["id"] for hit in one["vulnerabilities"]]) == ("linux/arch1", ["CVE-2024-2"])
    with pytest.raises(CommandError, match=r"name one of linux/arch0, linux/arch1"):
        _scan(site, tmp_path, "private/multi")  # this machine's


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("localhost:5000/app", ("localhost:5000", "app", "latest")),
        ("registry.example.com/a/b:1.2", ("registry.example.com", "a/b", "1.2")),
        ("[::1]:80/a/b:1.2@sha256:00", ("[::1]:80", "a/b", "sha256:00")),
        ("docker.io/library/alpine", ("registry-1.docker.io", "library/alpine", "latest")),
    ],
)
def test_references_are_read_as_docker_reads_them(reference: str, parts: tuple[str, str, str]) -> None:
    assert parts_of(reference) == parts


@pytest.mark.parametrize("reference", ["missing.tar", "folder/missing.tar", "alpine:3"])
def test_a_file_that_is_not_there_is_no_image_of_somewhere(reference: str) -> None:
    with pytest.raises(ImageUnreadable, match="no file here"):
        parts_of(reference)
