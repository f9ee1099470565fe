"""The journeys that every client makes; each client's test class inherits those that it can make."""

from clients.client import REPOSITORY, Client, Deleter, Lister, Registry, User, refused
from kit.images import TAG
from kit.server import DEVELOPER, GUEST, MAINTAINER


class Journeys:
    """Log in, push and pull: what every client can do."""

    def test_login_takes_the_right_password_and_no_other(self, client: Client, registry: Registry) -> None:
        user = registry.member(registry.project(), DEVELOPER)

        with refused():
            client.login(User(user.name, "Wrong-Password-3"))
        client.login(user)

    def test_a_developer_pulls_back_what_she_pushed(self, client: Client, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))

        pushed = client.push(reference_in(registry, project))

        assert client.pull(reference_in(registry, project)) == pushed
        assert tags_on_server(registry, project) == [TAG]

    def test_a_guest_pulls_and_may_not_push(self, client: Client, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        pushed = client.push(reference_in(registry, project))

        client.login(registry.member(project, GUEST))

        assert client.pull(reference_in(registry, project)) == pushed
        with refused():
            client.push(_other_reference_in(registry, project))

    def test_a_stranger_pulls_from_a_public_project_and_may_not_push(
        self, client: Client, registry: Registry
    ) -> None:
        project = registry.project(is_public=True)
        client.login(registry.member(project, DEVELOPER))
        pushed = client.push(reference_in(registry, project))

        client.logout()

        assert client.pull(reference_in(registry, project)) == pushed
        with refused():
            client.push(_other_reference_in(registry, project))

    def test_a_stranger_pulls_nothing_from_a_private_project(
        self, client: Client, registry: Registry
    ) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        client.push(reference_in(registry, project))

        client.logout()

        with refused():
            client.pull(reference_in(registry, project))


class ListingJourneys:
    """List tags."""

    def test_tags_are_listed(self, client: Lister, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))

        client.push(reference_in(registry, project))

        assert client.tags(repository_in(registry, project)) == [TAG]


class DeletingJourneys:
    """Delete."""

    def test_a_maintainer_deletes_and_a_developer_may_not(self, client: Deleter, registry: Registry) -> None:
        project = registry.project()
        client.login(registry.member(project, DEVELOPER))
        client.push(reference_in(registry, project))
        with refused():
            client.delete(reference_in(registry, project))
        assert tags_on_server(registry, project) == [TAG]

        client.login(registry.member(project, MAINTAINER))
        client.delete(reference_in(registry, project))

        assert tags_on_server(registry, project) == []


def repository_in(registry: Registry, project: str) -> str:
    """Return the repository of the journeys in `project`, as clients write it."""
    return f"{registry.address}/{project}/{REPOSITORY}"


def reference_in(registry: Registry, project: str) -> str:
    """Return the reference of the journeys in `project`, as clients write it."""
    return f"{repository_in(registry, project)}:{TAG}"


def tags_on_server(registry: Registry, project: str) -> list[str]:
    """Ask the server itself for the tags of the journeys' repository in `project`."""
    http = registry.server.api.http
    answer = http.get(f"{registry.server.url}/v2/{project}/{REPOSITORY}/tags/list")
    if answer.status_code == 404:
        return []
    answer.raise_for_status()
    names: list[str] | None = answer.json()["tags"]
    return names or []


def _other_reference_in(registry: Registry, project: str) -> str:
    # A client that finds a tag naming what it is about to push may be content and push nothing.
    return f"{repository_in(registry, project)}:2.0.0"
