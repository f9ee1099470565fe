"""crane pushes and pulls OCI layouts."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clients.client import Images, Registry, User
from clients.immutable import ImmutableJourneys
from clients.journeys import DeletingJourneys, Journeys, ListingJourneys, reference_in
from clients.robots import RobotJourneys
from kit.images import Image, layout_content
from kit.server import DEVELOPER
from kit.tools import require, run


@dataclass
class Crane:
    """crane with a docker configuration of its own; it knows loopback as plain HTTP by itself."""

    registry: Registry
    home: Path
    image: Image
    programme: Path = field(default_factory=lambda: require("crane"))

    def login(self, user: User) -> None:
        """Store the login and use it, for crane's `login` itself asks nobody."""
        account = ["--username", user.name, "--password-stdin"]
        self.run("auth", "login", *account, self.registry.address, stdin=user.password)
        self.run("catalog", self.registry.address)

    def logout(self) -> None:
        """Forget the login."""
        self.run("auth", "logout", self.registry.address)

    def push(self, reference: str) -> str:
        """Push the image's layout."""
        self.run("push", str(self.image.layout), reference)
        return " ".join(sorted(self.image.blobs()))

    def pull(self, reference: str) -> str:
        """Pull into an empty layout."""
        target = self.home / "pulled"
        shutil.rmtree(target, ignore_errors=True)
        self.run("pull", "--format", "oci", reference, str(target))
        return " ".join(sorted(layout_content(target)))

    def tags(self, repository: str) -> list[str]:
        """List tags."""
        return self.run("ls", repository).split()

    def delete(self, reference: str) -> None:
        """Delete the manifest by its digest."""
        repository = reference.rpartition(":")[0]
        self.run("delete", f"{repository}@{self.run('digest', reference).strip()}")

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run one of crane's commands."""
        environment = {"DOCKER_CONFIG": str(self.home)}
        if self.registry.authority is not None:
            environment["SSL_CERT_FILE"] = str(self.registry.authority)
        return run([self.programme, *arguments], environment=environment, stdin=stdin)


@pytest.fixture
def client(registry: Registry, tmp_path: Path, images: Images) -> Crane:
    return Crane(registry, tmp_path, images.busybox)


class TestCrane(Journeys, ImmutableJourneys, RobotJourneys, ListingJourneys, DeletingJourneys):
    """crane makes every journey."""

    def test_a_copy_to_another_project_mounts_the_blobs(self, client: Crane, registry: Registry) -> None:
        source, target = registry.project(), registry.project()
        user = registry.member(source, DEVELOPER)
        registry.server.api.add_member(target, user.name, DEVELOPER)
        client.login(user)
        pushed = client.push(reference_in(registry, source))

        client.run("copy", reference_in(registry, source), reference_in(registry, target))

        assert client.pull(reference_in(registry, target)) == pushed
