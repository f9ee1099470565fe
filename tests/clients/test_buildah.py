"""buildah builds an image from nothing, pushes it and pulls it."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clients.client import Images, Registry, User
from clients.immutable import ImmutableJourneys
from clients.journeys import Journeys, reference_in
from kit.images import Image
from kit.server import DEVELOPER
from kit.tools import require, run


@dataclass
class Buildah:
    """buildah with a store and a login file of its own."""

    registry: Registry
    home: Path
    image: Image
    programme: Path = field(default_factory=lambda: require("buildah"))
    format: str = "oci"

    def login(self, user: User) -> None:
        """Log in."""
        account = ["--username", user.name, "--password-stdin"]
        self._run("login", *self._transport(), *account, self.registry.address, stdin=user.password)

    def logout(self) -> None:
        """Forget the login."""
        self._run("logout", self.registry.address)

    def push(self, reference: str) -> str:
        """Build the image, push it, and forget it; the identity is the configuration's digest."""
        container = self._run("from", "scratch").strip()
        self._run("add", container, str(self.image.root), "/")
        self._run("commit", "--rm", "--format", self.format, container, reference)
        identity = self._identity(reference)
        try:
            options = ["--format", self.format, *self._transport()]
            self._run("push", *options, reference, f"docker://{reference}")
        finally:
            self._run("rmi", reference)
        return identity

    def pull(self, reference: str) -> str:
        """Pull, and forget it again."""
        self._run("pull", *self._transport(), f"docker://{reference}")
        identity = self._identity(reference)
        self._run("rmi", reference)
        return identity

    def _identity(self, reference: str) -> str:
        return self._run("inspect", "--type", "image", "--format", "{{.FromImageID}}", reference).strip()

    def _transport(self) -> list[str]:
        if self.registry.authority is None:
            return ["--tls-verify=false"]
        return ["--cert-dir", str(self.registry.authority.parent)]

    def _run(self, *arguments: str, stdin: str | None = None) -> str:
        # vfs mounts nothing, so that a directory is all that a journey leaves behind.
        store = ["--root", f"{self.home}/store", "--runroot", f"{self.home}/run", "--storage-driver", "vfs"]
        environment = {"REGISTRY_AUTH_FILE": str(self.home / "auth.json"), "TMPDIR": str(self.home)}
        return run([self.programme, *store, *arguments], environment=environment, stdin=stdin)


@pytest.fixture
def client(registry: Registry, tmp_path: Path, images: Images) -> Buildah:
    return Buildah(registry, tmp_path, images.busybox)


class TestBuildah(Journeys, ImmutableJourneys):
    """buildah makes every journey but listing and deletion, which it has no verbs for."""

    def test_the_docker_format_comes_back_as_pushed(self, client: Buildah, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        client.format = "docker"

        pushed = client.push(reference_in(registry, project))

        assert client.pull(reference_in(registry, project)) == pushed
