"""helm pushes and pulls charts as OCI artifacts."""

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clients.client import REPOSITORY, Registry, User
from clients.immutable import ImmutableJourneys
from clients.journeys import Journeys, reference_in
from kit.images import TAG
from kit.server import DEVELOPER
from kit.tools import require, run


@dataclass
class Helm:
    """helm with a home of its own; its sample is a chart named like the journeys' repository."""

    registry: Registry
    home: Path
    programme: Path = field(default_factory=lambda: require("helm"))

    def login(self, user: User) -> None:
        """Log in."""
        account = ["--username", user.name, "--password-stdin"]
        self.run(
            "registry", "login", *self._transport(), *account, self.registry.address, stdin=user.password
        )

    def logout(self) -> None:
        """Forget the login."""
        self.run("registry", "logout", self.registry.address)

    def push(self, reference: str) -> str:
        """Package the chart and push it; helm adds the chart's name and version to the address by itself."""
        archive = self._package()
        parent = reference.rpartition("/")[0]
        self.run("push", *self._transport(), str(archive), f"oci://{parent}")
        return _digest(archive)

    def pull(self, reference: str) -> str:
        """Pull the version that `reference` names."""
        repository, _, version = reference.rpartition(":")
        return self.pull_version(repository, version)

    def pull_version(self, repository: str, version: str) -> str:
        """Pull a version, or the newest one that fits a range, for which helm lists the tags."""
        target = self.home / "pulled"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        options = [*self._transport(), "--destination", str(target), "--version", version]
        self.run("pull", *options, f"oci://{repository}")
        return _digest(target / f"{REPOSITORY}-{TAG}.tgz")

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run one of helm's commands."""
        homes = {f"HELM_{kind}_HOME": str(self.home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}
        login = {"HELM_REGISTRY_CONFIG": str(self.home / "login.json"), "DOCKER_CONFIG": str(self.home)}
        return run([self.programme, *arguments], environment={**homes, **login}, stdin=stdin)

    def _package(self) -> Path:
        archive = self.home / f"{REPOSITORY}-{TAG}.tgz"
        if not archive.exists():
            chart = self.home / REPOSITORY
            (chart / "templates").mkdir(parents=True)
            (chart / "Chart.yaml").write_text(f"apiVersion: v2\nname: {REPOSITORY}\nversion: {TAG}\n")
            letter = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: letter\n"
            (chart / "templates" / "letter.yaml").write_text(letter)
            self.run("package", "--destination", str(self.home), str(chart))
        return archive

    def _transport(self) -> list[str]:
        if self.registry.authority is None:
            return ["--plain-http"]
        return ["--ca-file", str(self.registry.authority)]


@pytest.fixture
def client(registry: Registry, tmp_path: Path) -> Helm:
    return Helm(registry, tmp_path)


class TestHelm(Journeys, ImmutableJourneys):
    """helm makes every journey but listing and deletion, which it has no verbs for."""

    def test_a_range_of_versions_finds_the_chart(self, client: Helm, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        pushed = client.push(reference_in(registry, project))

        repository = reference_in(registry, project).rpartition(":")[0]

        assert client.pull_version(repository, "^1") == pushed


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
