"""skopeo copies to and from the registry."""

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clients.client import Images, Registry, User
from clients.immutable import ImmutableJourneys
from clients.journeys import DeletingJourneys, Journeys, ListingJourneys, reference_in
from kit.images import TAG, Image, debian_image, layout_content
from kit.server import DEVELOPER
from kit.tools import require, run


@dataclass
class Skopeo:
    """skopeo with a login file of its own."""

    registry: Registry
    home: Path
    image: Image
    programme: Path = field(default_factory=lambda: require("skopeo"))

    def login(self, user: User) -> None:
        """Log in."""
        account = ["--username", user.name, "--password-stdin"]
        self._run(
            "login", *self._transport(), *self._file(), *account, self.registry.address, stdin=user.password
        )

    def logout(self) -> None:
        """Forget the login."""
        self._run("logout", *self._file(), self.registry.address)

    def push(self, reference: str) -> str:
        """Copy the image's layout, all platforms, as it is."""
        source = f"oci:{self.image.layout}:{TAG}"
        self._run("copy", "--all", *self._transport("dest-"), *self._file(), source, f"docker://{reference}")
        return " ".join(sorted(self.image.blobs()))

    def pull(self, reference: str) -> str:
        """Copy into an empty layout."""
        target = self.home / "pulled"
        shutil.rmtree(target, ignore_errors=True)
        options = ["--all", *self._transport("src-"), *self._file()]
        self._run("copy", *options, f"docker://{reference}", f"oci:{target}:{TAG}")
        return " ".join(sorted(layout_content(target)))

    def tags(self, repository: str) -> list[str]:
        """List tags."""
        answer = json.loads(
            self._run("list-tags", *self._transport(), *self._file(), f"docker://{repository}")
        )
        return [str(tag) for tag in answer["Tags"]]

    def delete(self, reference: str) -> None:
        """Delete the manifest that the tag names."""
        self._run("delete", *self._transport(), *self._file(), f"docker://{reference}")

    def _transport(self, side: str = "") -> list[str]:
        if self.registry.authority is None:
            return [f"--{side}tls-verify=false"]
        return [f"--{side}cert-dir", str(self.registry.authority.parent)]

    def _file(self) -> list[str]:
        return ["--authfile", str(self.home / "auth.json")]

    def _run(self, *arguments: str, stdin: str | None = None) -> str:
        return run([self.programme, *arguments], stdin=stdin)


@pytest.fixture
def client(registry: Registry, tmp_path: Path, images: Images) -> Skopeo:
    return Skopeo(registry, tmp_path, images.busybox)


class TestSkopeo(Journeys, ImmutableJourneys, ListingJourneys, DeletingJourneys):
    """skopeo makes every journey."""

    def test_an_index_of_several_platforms_comes_back_whole(
        self, client: Skopeo, registry: Registry, images: Images
    ) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        client.image = images.platforms

        pushed = client.push(reference_in(registry, project))

        assert client.pull(reference_in(registry, project)) == pushed

    @pytest.mark.timeout(600)
    def test_a_debian_root_file_system_comes_back_whole(self, client: Skopeo, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        client.image = debian_image()

        pushed = client.push(reference_in(registry, project))

        assert client.pull(reference_in(registry, project)) == pushed
