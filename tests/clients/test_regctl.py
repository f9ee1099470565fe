"""regctl copies images with everything that refers to them."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clients.client import Images, Registry, User
from clients.immutable import ImmutableJourneys
from clients.journeys import DeletingJourneys, Journeys, ListingJourneys, reference_in
from kit.images import TAG, Image, layout_content
from kit.server import DEVELOPER
from kit.tools import require, run


@dataclass
class Regctl:
    """regctl with a configuration of its own."""

    registry: Registry
    home: Path
    image: Image
    programme: Path = field(default_factory=lambda: require("regctl"))

    def __post_init__(self) -> None:
        """Tell regctl about the transport; its login keeps that."""
        self.run("registry", "set", "--skip-check", *self._transport(), self.registry.address)

    def login(self, user: User) -> None:
        """Log in."""
        account = ["--user", user.name, "--pass-stdin"]
        self.run("registry", "login", *account, self.registry.address, stdin=user.password)

    def logout(self) -> None:
        """Forget the login."""
        self.run("registry", "logout", self.registry.address)

    def push(self, reference: str) -> str:
        """Copy the image's layout, all platforms."""
        self.run("image", "copy", f"ocidir://{self.image.layout}:{TAG}", reference)
        return " ".join(sorted(self.image.blobs()))

    def pull(self, reference: str) -> str:
        """Copy into an empty layout."""
        target = self.home / "pulled"
        shutil.rmtree(target, ignore_errors=True)
        self.run("image", "copy", reference, f"ocidir://{target}:{TAG}")
        return " ".join(sorted(layout_content(target)))

    def tags(self, repository: str) -> list[str]:
        """List tags."""
        return self.run("tag", "ls", repository).split()

    def delete(self, reference: str) -> None:
        """Delete the tag by the distribution API's own deletion of tags."""
        self.run("tag", "delete", reference)

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run one of regctl's commands."""
        environment = {"REGCTL_CONFIG": str(self.home / "regctl.json"), "DOCKER_CONFIG": str(self.home)}
        return run([self.programme, *arguments], environment=environment, stdin=stdin)

    def _transport(self) -> list[str]:
        if self.registry.authority is None:
            return ["--tls", "disabled"]
        return ["--cacert", self.registry.authority.read_text()]


@pytest.fixture
def client(registry: Registry, tmp_path: Path, images: Images) -> Regctl:
    return Regctl(registry, tmp_path, images.busybox)


class TestRegctl(Journeys, ImmutableJourneys, ListingJourneys, DeletingJourneys):
    """regctl makes every journey."""

    def test_an_index_of_several_platforms_comes_back_whole(
        self, client: Regctl, registry: Registry, images: Images
    ) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        client.image = images.platforms

        pushed = client.push(reference_in(registry, project))

        assert client.pull(reference_in(registry, project)) == pushed
