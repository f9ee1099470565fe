"""The Docker engine, asked by the 20.10 client and by the 28 client."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.client import REPOSITORY, Images, Registry
from clients.dockerd import Dockerd
from clients.engine import Engine
from clients.immutable import ImmutableJourneys
from clients.journeys import Journeys, reference_in
from clients.robots import RobotJourneys
from clients.test_skopeo import Skopeo
from kit.images import TAG, debian_image
from kit.server import DEVELOPER
from kit.tools import CommandError, require


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dockerd]:
    with Dockerd(tmp_path_factory.mktemp("engine")) as engine:
        yield engine


@pytest.fixture(params=["docker-20", "docker-28"])
def client(
    request: pytest.FixtureRequest, registry: Registry, engine: Dockerd, images: Images, tmp_path: Path
) -> Engine:
    if registry.authority is not None:
        engine.trust(registry.address, registry.authority)
    home = {"DOCKER_HOST": engine.address, "DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTENT_TRUST": "0"}
    return Engine(registry, images.busybox, [require(request.param)], home)


class TestDocker(Journeys, ImmutableJourneys, RobotJourneys):
    """docker makes every journey but listing and deletion, which it has no verbs for."""

    def test_a_pulled_image_runs(self, client: Engine, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        client.push(reference_in(registry, project))

        client.run("pull", reference_in(registry, project))
        printed = client.run(
            "run", "--rm", "--network", "none", reference_in(registry, project), "/bin/echo", "hi"
        )

        client.run("rmi", reference_in(registry, project))
        assert printed == "hi\n"

    def test_a_push_to_another_project_mounts_the_layers(self, client: Engine, registry: Registry) -> None:
        source, target = registry.project(), registry.project()
        user = registry.member(source, DEVELOPER)
        registry.server.api.add_member(target, user.name, DEVELOPER)
        client.login(user)
        client.run("import", str(client.image.root), reference_in(registry, source))
        client.run("push", reference_in(registry, source))
        client.run("tag", reference_in(registry, source), reference_in(registry, target))

        printed = client.run("push", reference_in(registry, target))

        client.run("rmi", reference_in(registry, source), reference_in(registry, target))
        assert f"Mounted from {source}/{REPOSITORY}" in printed

    def test_an_index_gives_the_engine_its_own_platform(
        self, client: Engine, registry: Registry, images: Images, tmp_path: Path
    ) -> None:
        project = registry.project()
        user = registry.member(project, DEVELOPER)
        pusher = Skopeo(registry, tmp_path, images.platforms)
        pusher.login(user)
        pusher.push(reference_in(registry, project))
        client.login(user)

        client.run("pull", reference_in(registry, project))
        platform = client.run(
            "image", "inspect", "--format", "{{.Architecture}}", reference_in(registry, project)
        )

        client.run("rmi", reference_in(registry, project))
        assert platform.strip() == "amd64"

    def test_every_tag_of_a_repository_is_pushed_and_pulled(self, client: Engine, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        repository = reference_in(registry, project).rpartition(":")[0]
        for tag in (TAG, "1.1.0", "latest"):
            client.run("import", str(client.image.root), f"{repository}:{tag}")

        client.run("push", "--all-tags", repository)
        client.run("rmi", *(f"{repository}:{tag}" for tag in (TAG, "1.1.0", "latest")))
        client.run("pull", "--all-tags", repository)

        listed = client.run("images", "--format", "{{.Tag}}", repository).split()
        client.run("rmi", *(f"{repository}:{tag}" for tag in listed))
        assert sorted(listed) == [TAG, "1.1.0", "latest"]

    @pytest.mark.timeout(600)
    def test_a_debian_root_file_system_comes_back_whole(self, client: Engine, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        client.image = debian_image()

        pushed = client.push(reference_in(registry, project))

        assert client.pull(reference_in(registry, project)) == pushed


@pytest.mark.parametrize("name", ["docker-20", "docker-28"])
def test_an_unknown_authority_is_not_trusted(
    name: str, tls: Registry, engine: Dockerd, images: Images, tmp_path: Path
) -> None:
    """The certificate is really looked at: without the authority the engine does not even log in."""
    assert tls.authority is not None
    user = tls.member(tls.project(), DEVELOPER)
    home = {"DOCKER_HOST": engine.address, "DOCKER_CONFIG": str(tmp_path)}
    client = Engine(tls, images.busybox, [require(name)], home)
    engine.trust(tls.address, tls.authority)
    client.login(user)
    client.logout()

    engine.distrust(tls.address)

    with pytest.raises(CommandError, match="certificate signed by unknown authority"):
        client.login(user)
