"""GitHub's packages: the registry has no catalog, GitHub's API lists what an owner has.

Source: GitHub REST API, "Packages": list packages for an organization, for a user.
"""

from collections.abc import AsyncIterator
from typing import Final
from urllib.parse import quote

from havre.adapters.remotes.caller import Caller, Endpoint
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.kinds.means import Means
from havre.adapters.remotes.kinds.pages import numbered, text_of
from havre.replication.errors import RemoteMissing, RemoteRefused

_REGISTRY: Final = "https://ghcr.io"
_API: Final = "https://api.github.com"


def open_github_ghcr(endpoint: Endpoint, means: Means) -> DistributionRemote:
    """Make the client; an address other than GitHub's serves both, as a stand-in does."""
    url = endpoint.url.rstrip("/")
    return GithubRemote(means.caller(endpoint), _API if url == _REGISTRY else url)


class GithubRemote(DistributionRemote):
    """Lists by GitHub's API; the secret is a token with the right read:packages."""

    def __init__(self, caller: Caller, api: str) -> None:
        super().__init__(caller)
        self._api = api

    async def repositories(self, prefix: str) -> AsyncIterator[str]:
        """List the container packages of one owner; see the port."""
        owner, slash, _ = prefix.partition("/")
        if not slash or not self.caller.account.name:
            raise RemoteRefused(
                "ghcr.io lists the packages of one owner for an account: "
                "give the registry a token, and let the name filter begin with OWNER/",
                400,
            )
        for kind in ("orgs", "users"):
            url = f"{self._api}/{kind}/{quote(owner)}/packages?package_type=container"
            try:
                async for one in numbered(self.caller, url, "per_page"):
                    name = f"{owner}/{text_of(one, 'name')}".lower()
                    if name.startswith(prefix):
                        yield name
            except RemoteMissing:
                continue  # the owner is a person and no organization
            return
