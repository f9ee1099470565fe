"""The journey to an immutable tag: the client shows the rule that refuses it."""

import pytest

from clients.client import Client, Images, Registry, User
from clients.journeys import reference_in
from kit.images import TAG, Image
from kit.server import DEVELOPER
from kit.tools import CommandError, require, run


class ImmutableJourneys:
    """Push something else under a tag that a rule holds."""

    def test_a_push_to_an_immutable_tag_shows_the_rule(
        self, client: Client, registry: Registry, images: Images
    ) -> None:
        project = registry.project()
        user = registry.member(project, DEVELOPER)
        _copy_in(registry, images.platforms, user, project)
        registry.server.api.keep_tags(project, "*.0.0")
        client.login(user)

        with pytest.raises(CommandError) as refused:
            client.push(reference_in(registry, project))

        said = " ".join(str(refused.value).split())
        assert f":{TAG}' configured as immutable: rule " in said
        assert f"of project {project} (repositories matching **, tags matching *.0.0)" in said
        _copy_in(registry, images.platforms, user, project)  # the same again may come


def _copy_in(registry: Registry, image: Image, user: User, project: str) -> None:
    transport = (
        ["--dest-tls-verify=false"]
        if registry.authority is None
        else ["--dest-cert-dir", str(registry.authority.parent)]
    )
    source, target = f"oci:{image.layout}:{TAG}", f"docker://{reference_in(registry, project)}"
    login = ["--dest-creds", f"{user.name}:{user.password}"]
    run([require("skopeo"), "copy", "--all", *transport, *login, source, target])
