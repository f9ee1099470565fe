"""podman pushes and pulls with a store of its own."""

import json
import tempfile
from collections.abc import Iterator

import pytest

from clients.client import REPOSITORY, Images, Registry
from clients.engine import Engine
from clients.immutable import ImmutableJourneys
from clients.journeys import Journeys, ListingJourneys, reference_in, repository_in
from clients.robots import RobotJourneys
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
def home() -> Iterator[str]:
    # podman wants the path of its run directory under 50 characters, which pytest's own are not.
    with tempfile.TemporaryDirectory(prefix="podman") as directory:
        yield directory


@pytest.fixture
def client(registry: Registry, home: str, images: Images) -> Podman:
    environment = {"HOME": home, "REGISTRY_AUTH_FILE": f"{home}/auth.json", "TMPDIR": home}
    if registry.authority is not None:
        environment["SSL_CERT_FILE"] = str(registry.authority)  # `search` alone takes no --cert-dir
    # vfs mounts nothing, so that a directory is all that a journey leaves behind.
    store = ["--root", f"{home}/store", "--runroot", f"{home}/run", "--storage-driver", "vfs"]
    command = [
        str(require("podman")),
        *store,
        "--cgroup-manager",
        "cgroupfs",
        "--runtime",
        str(require("runc")),
    ]
    return Podman(registry, images.busybox, command, environment, _flags)


def _flags(verb: str, registry: Registry) -> list[str]:
    del verb
    return [] if registry.authority else ["--tls-verify=false"]


class TestPodman(Journeys, ImmutableJourneys, RobotJourneys, ListingJourneys):
    """podman makes every journey but deletion, which it has no verb for."""

    def test_a_search_of_the_registry_finds_the_repository(self, client: Podman, registry: Registry) -> None:
        project = registry.project(is_public=True)
        client.login(registry.member(project, DEVELOPER))
        client.push(reference_in(registry, project))

        printed = client._ask("search", "--format", "{{.Name}}", f"{registry.address}/{project}")

        assert f"{project}/{REPOSITORY}" in printed
        assert TAG in client.tags(repository_in(registry, project))
