"""podman pushes and pulls with a store of its own."""

import json
from pathlib import Path

import pytest

from clients.client import REPOSITORY, Images, Registry
from clients.engine import Engine
from clients.journeys import Journeys, ListingJourneys, reference_in, repository_in
from kit.images import TAG
from kit.server import DEVELOPER
from kit.tools import require


class Podman(Engine):
    """podman, which can list tags too."""

    def tags(self, repository: str) -> list[str]:
        """List tags."""
        printed = self._ask("search", "--list-tags", "--format", "json", repository)
        return [str(tag) for tag in json.loads(printed)[0]["Tags"]]


@pytest.fixture
def client(registry: Registry, tmp_path: Path, images: Images) -> Podman:
    home = {"HOME": str(tmp_path), "REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"), "TMPDIR": str(tmp_path)}
    # vfs mounts nothing, so that a directory is all that a journey leaves behind.
    store = ["--root", tmp_path / "store", "--runroot", tmp_path / "run", "--storage-driver", "vfs"]
    command = [require("podman"), *store, "--cgroup-manager", "cgroupfs", "--runtime", require("runc")]
    return Podman(registry, images.busybox, command, home, _flags)


def _flags(verb: str, registry: Registry) -> list[str]:
    if registry.authority is None:
        return ["--tls-verify=false"]
    # `search` alone takes no --cert-dir.
    return [] if verb == "search" else ["--cert-dir", str(registry.authority.parent)]


class TestPodman(Journeys, ListingJourneys):
    """podman makes every journey but deletion, which it has no verb for."""

    def test_a_search_of_the_registry_finds_the_repository(self, client: Podman, registry: Registry) -> None:
        project = registry.project(is_public=True)
        client.login(registry.member(project, DEVELOPER))
        client.push(reference_in(registry, project))

        printed = client._ask("search", "--format", "{{.Name}}", f"{registry.address}/{project}")

        assert f"{project}/{REPOSITORY}" in printed
        assert TAG in client.tags(repository_in(registry, project))
