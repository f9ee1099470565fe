"""GitLab: the registry has no catalog for people, GitLab's API lists the registries of their projects.

The API is where the registry's tokens come from. The secret is an access token with the scopes
read_registry (write_registry to push) and read_api.
Source: GitLab REST API, "Projects" (list), "Container registry" (list within a project).
"""

from collections.abc import AsyncIterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from havre.adapters.remotes.caller import Endpoint
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.kinds.means import Means
from havre.adapters.remotes.kinds.pages import numbered, text_of
from havre.adapters.remotes.transport import place_of
from havre.replication.errors import RemoteWrong

_PROJECTS: Final = "api/v4/projects"


def open_gitlab(endpoint: Endpoint, means: Means) -> DistributionRemote:
    """Make the client."""
    return GitlabRemote(means.caller(endpoint))


class GitlabRemote(DistributionRemote):
    """Lists by GitLab's API."""

    async def repositories(self, prefix: str) -> AsyncIterator[str]:
        """List the registries of the projects that the account is a member of; see the port."""
        api, proof = await self._api(), self._proof()
        async for project in numbered(
            self.caller, f"{api}/{_PROJECTS}?membership=true&simple=true", "per_page", proof
        ):
            path = text_of(project, "path_with_namespace").lower()
            if not (path.startswith(prefix) or prefix.startswith(f"{path}/")):
                continue
            url = f"{api}/{_PROJECTS}/{project.get('id')}/registry/repositories"
            async for one in numbered(self.caller, url, "per_page", proof):
                name = text_of(one, "path")
                if name.startswith(prefix):
                    yield name

    async def _api(self) -> str:
        if not self.caller.realm:
            await self.ping()
        realm = self.caller.realm
        if not realm:
            raise RemoteWrong("the registry names no place for its tokens: is it GitLab's?")
        if self.caller.is_tls and not place_of(realm).is_tls:
            raise RemoteWrong("the registry's tokens come from an address in the clear: not followed")
        return "{0.scheme}://{0.netloc}".format(urlsplit(realm))

    def _proof(self) -> Mapping[str, str]:
        token = self.caller.account.secret.reveal()
        return {"Authorization": f"Bearer {token}" if token else ""}
