"""The distribution specification's own conformance programme, with every optional API on."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kit.server import ADMIN_PASSWORD, Server, Settings
from kit.tools import require

# What the pinned programme counts with everything on and nothing to fall back from; fewer means that
# something was not asked. (A server that fails is asked more: the fallbacks count as well.)
_KNOWN_CHECKS = {"1.1": 830, "dev": 830}
_EVERYTHING = (
    *("API_PULL", "API_PUSH", "API_REFERRER", "API_TAGS_ATOMIC", "API_TAGS_DELETE", "API_TAGS_LIST"),
    *("API_BLOBS_ATOMIC", "API_BLOBS_DELETE", "API_BLOBS_DIGEST_HEADER"),
    *("API_BLOBS_MOUNT_ANONYMOUS", "API_BLOBS_UPLOAD_CANCEL"),
    *(
        "API_MANIFESTS_ATOMIC",
        "API_MANIFESTS_DELETE",
        "API_MANIFESTS_DIGEST_HEADER",
        "API_MANIFESTS_TAG_PARAM",
    ),
    *("DATA_IMAGE", "DATA_INDEX", "DATA_INDEX_LIST", "DATA_SPARSE", "DATA_ARTIFACT", "DATA_ARTIFACT_LIST"),
    *(
        "DATA_SUBJECT",
        "DATA_SUBJECT_MISSING",
        "DATA_SUBJECT_LIST",
        "DATA_DATA_FIELD",
        "DATA_NONDISTRIBUTABLE",
    ),
    *("DATA_CUSTOM_FIELDS", "DATA_NO_LAYERS", "DATA_EMPTY_BLOB", "DATA_SHA512"),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = Settings(environment={"HAVRE_REGISTRY_SPARSE_INDEXES": "true"})
    with Server(tmp_path_factory.mktemp("conformance") / "data", settings) as server:
        yield server


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", ["1.1", "dev"])
def test_the_conformance_programme_fails_and_skips_nothing(
    version: str, server: Server, tmp_path: Path
) -> None:
    project = f"conformance-{version.replace('.', '-')}"
    server.api.create_project(project)

    printed = _run_programme(version, server.registry, project, tmp_path)

    results = _results(tmp_path / "junit.xml")
    counts = Counter(status for _, status, _ in results)
    wrong = [f"{status}: {name}\n    {message}" for name, status, message in results if status != "passed"]
    assert not wrong, f"{dict(counts)}\n" + "\n".join(wrong)
    assert counts["passed"] >= _KNOWN_CHECKS[version], f"{dict(counts)}\n{printed}"
    server.check(deep=True)


def _run_programme(version: str, registry: str, project: str, results: Path) -> str:
    settings = {
        "OCI_VERSION": version,
        "OCI_REGISTRY": registry,
        "OCI_TLS": "disabled",
        "OCI_REPO1": f"{project}/repo1",
        "OCI_REPO2": f"{project}/repo2",
        "OCI_USERNAME": "admin",
        "OCI_PASSWORD": ADMIN_PASSWORD,
        "OCI_RESULTS_DIR": str(results),
    }
    ended = subprocess.run(
        [require("conformance")],
        cwd=results,
        env={**os.environ, **{f"OCI_{name}": "true" for name in _EVERYTHING}, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    return ended.stdout + ended.stderr


def _results(junit: Path) -> list[tuple[str, str, str]]:
    cases = ElementTree.parse(junit).iter("testcase")
    return [(case.get("name", ""), case.get("status", ""), case.findtext("system-out", "")) for case in cases]
