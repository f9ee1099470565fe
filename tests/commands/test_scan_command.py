"""`havre advisories` and `havre scan` as a person and as a programme run them."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from commands.forked import Ended, run_havre
from kit.layers import dpkg_status, tar_of, write_layout

_OS = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'


def _osv(name: str, ecosystem: str, package: str, fixed: str, score: str) -> str:
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return json.dumps({"id": name, "affected": [affected], "severity": [{"type": "CVSS_V3", "score": score}]})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory that knows of two vulnerabilities."""
    directory = tmp_path_factory.mktemp("scanned")
    (directory / "all.jsonl").write_text(
        "\n".join(
            (
                _osv(
                    "CVE-2024-1",
                    "Debian:12",
                    "curl",
                    "7.88.1-10+deb12u5",
                    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
                ),
                _osv(
                    "CVE-2024-2", "npm", "minimist", "1.2.6", "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"
                ),
            )
        )
    )
    kev = {"catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2024-2", "dateAdded": "2024-05-01"}]}
    (directory / "kev.json").write_text(json.dumps(kev))
    ended = run_havre(
        [
            "advisories",
            "import",
            directory / "all.jsonl",
            directory / "kev.json",
            "--data",
            directory / "data",
        ],
        {},
    )
    assert ended.returncode == 0, ended
    return directory / "data"


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """An image layout with a package of each."""
    files = {
        "etc/os-release": _OS,
        "var/lib/dpkg/status": dpkg_status(["libcurl4|7.88.1-10|curl|amd64"]),
        "app/node_modules/minimist/package.json": '{"name": "minimist", "version": "1.2.0"}',
    }
    return write_layout(tmp_path / "image", [tar_of(files), tar_of({"srv/x": b"x"})])


def _scan(data: Path, image: Path, *more: str) -> Ended:
    return run_havre(["scan", image, "--data", data, *more], {})


def test_a_table_names_what_is_exploited_first_and_what_mends_it(data: Path, image: Path) -> None:
    ended = _scan(data, image)
    lines = [line for line in ended.stdout.splitlines() if "CVE-" in line]
    assert ended.returncode == 0
    assert "app:v1: Debian GNU/Linux 12 (bookworm), 2 packages" in ended.stdout
    assert "Low" in lines[0]
    assert "exploited" in lines[0]
    assert "libcurl4" in lines[1]
    assert "7.88.1-10+deb12u5" in lines[1]
    assert "2 found: 1 Critical, 1 Low" in ended.stdout


def test_programmes_get_json_and_sarif_and_an_exit_code(data: Path, image: Path) -> None:
    ended = _scan(data, image, "--format", "json", "--severity", "high", "--fail-on", "high")
    (found,) = json.loads(ended.stdout)["images"]
    assert (ended.returncode, found["states"], found["faults"]) == (1, ["complete"], [])
    (one,) = found["vulnerabilities"]
    assert {name: one[name] for name in ("id", "severity", "package", "version", "fix_version", "type")} == {
        "id": "CVE-2024-1",
        "severity": "Critical",
        "package": "libcurl4",
        "version": "7.88.1-10",
        "fix_version": "7.88.1-10+deb12u5",
        "type": "deb",
    }
    sarif = json.loads(_scan(data, image, "--format", "sarif", "--only-fixed").stdout)
    (run,) = sarif["runs"]
    assert [one["ruleId"] for one in run["results"]] == ["CVE-2024-2", "CVE-2024-1"]
    assert [one["level"] for one in run["results"]] == ["note", "error"]
    assert {one["id"] for one in run["tool"]["driver"]["rules"]} == {"CVE-2024-1", "CVE-2024-2"}
    assert _scan(data, image, "--severity", "low", "--fail-on", "critical").returncode == 1


def test_what_docker_saves_is_scanned_too(data: Path, tmp_path: Path) -> None:
    layer = tar_of({"etc/os-release": _OS, "var/lib/dpkg/status": dpkg_status(["curl|7.88.1-10||amd64"])})
    files = {"a/layer.tar": layer, "c.json": b"{}"}
    listed = [{"Config": "c.json", "RepoTags": ["app:v2"], "Layers": ["a/layer.tar"]}]
    (tmp_path / "saved.tar").write_bytes(tar_of({**files, "manifest.json": json.dumps(listed)}))

    ended = _scan(data, tmp_path / "saved.tar", "--format", "json")

    (found,) = json.loads(ended.stdout)["images"]
    assert (found["name"], len(found["vulnerabilities"])) == ("app:v2", 1)


def test_a_layer_that_cannot_be_read_is_no_clean_one(data: Path, tmp_path: Path) -> None:
    body = tar_of({"etc/os-release": _OS, "var/lib/dpkg/status": "x" * 4000})
    image = write_layout(tmp_path / "image", [body[:3000]])

    ended = _scan(data, image, "--format", "json")
    table = _scan(data, image)

    (found,) = json.loads(ended.stdout)["images"]
    assert ended.returncode == table.returncode == 3
    assert found["states"][0] == "analysis failed"
    assert "layer 1: the layer ends in the middle of a file" in found["faults"]
    assert "not to be taken for a clean one" in table.stdout


def test_states_tell_of_systems_without_advisories_databases_or_support(data: Path, tmp_path: Path) -> None:
    def states(name: str, os_release: str, *status: str) -> list[str]:
        files = {"etc/os-release": os_release}
        if status:
            files["var/lib/dpkg/status"] = dpkg_status(status)
        image = write_layout(tmp_path / name, [tar_of(files)])
        found: list[str] = json.loads(_scan(data, image, "--format", "json").stdout)["images"][0]["states"]
        return found

    assert states("bare", _OS) == ["no package database"]
    assert states("odd", 'ID=plan9\nVERSION_ID="4"\n', "curl|1||amd64") == ["unsupported operating system"]
    assert states("old", 'ID=debian\nVERSION_ID="9"\n', "curl|1||amd64") == ["end of life"]


def test_refusals_say_what_to_do(data: Path, image: Path, tmp_path: Path) -> None:
    none = _scan(tmp_path / "nowhere", image)
    assert (none.returncode, "havre advisories import" in none.stderr) == (2, True)
    (tmp_path / "some.tar").write_bytes(tar_of({"a": b"b"}))
    odd = _scan(data, tmp_path / "some.tar")
    assert (odd.returncode, "no image" in odd.stderr) == (2, True)
    (tmp_path / "text").write_text("text")
    assert "no tar" in _scan(data, tmp_path / "text").stderr
    (image / "index.json").write_text('{"manifests": [{"digest": "../../etc/passwd"}]}')
    assert "no sound image" in _scan(data, image).stderr


def test_advisories_tell_what_they_are(data: Path, tmp_path: Path) -> None:
    status = json.loads(run_havre(["advisories", "status", "--data", data, "--json"], {}).stdout)
    assert {one["name"]: one["entries"] for one in status["sources"]} == {"cve-notes": 1, "osv-cve": 2}
    shown = run_havre(["advisories", "status", "--data", data], {}).stdout
    assert "2 advisories about 2 packages" in shown
    assert "0 days ago" in " ".join(shown.split())
    (tmp_path / "less.jsonl").write_text(_osv("CVE-2024-1", "npm", "x", "1", ""))
    refused = run_havre(["advisories", "import", tmp_path / "less.jsonl", "--data", data], {})
    assert (refused.returncode, "--force" in refused.stderr) == (2, True)
    missing = run_havre(["advisories", "import", tmp_path / "none", "--data", data], {})
    assert (missing.returncode, "cannot be read" in missing.stderr) == (2, True)


def test_a_tar_of_a_layout_is_read_in_place(data: Path, image: Path, tmp_path: Path) -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        archive.add(image, ".")
    (tmp_path / "image.tar").write_bytes(raw.getvalue())

    assert "2 found" in _scan(data, tmp_path / "image.tar").stdout


def test_what_an_image_holds_is_written_for_other_programmes(data: Path, image: Path) -> None:
    cyclonedx = _scan(data, image, "--format", "cyclonedx")
    again = _scan(data, image, "--format", "cyclonedx")
    spdx = json.loads(_scan(data, image, "--format", "spdx").stdout)

    purls = [one.get("purl") for one in json.loads(cyclonedx.stdout)["components"]]
    assert purls == [
        None,
        "pkg:deb/debian/libcurl4@7.88.1-10?arch=amd64&distro=debian-12&upstream=curl",
        "pkg:npm/minimist@1.2.0",
    ]
    assert cyclonedx.stdout == again.stdout
    assert [one["name"] for one in spdx["packages"]] == ["app:v1", "libcurl4", "minimist"]
    none = _scan(data, image, "--platform", "plan9/mips")
    assert (none.returncode, "no image of platform" in none.stderr) == (2, True)
