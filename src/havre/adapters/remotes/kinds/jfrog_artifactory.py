"""Artifactory: its API lists its Docker repositories, each of which has a catalog, and makes missing ones.

Images are named by the repository path method, `KEY/IMAGE`.
Source: JFrog REST API, "Get Repositories", "Create Repository", "List Docker Repositories".
"""

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Final
from urllib.parse import quote

from havre.adapters.remotes.caller import Caller, Endpoint, expect
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.kinds.means import Means
from havre.adapters.remotes.kinds.pages import as_list, get_json, text_of
from havre.adapters.remotes.sockets import Cut
from havre.adapters.remotes.transport import Request
from havre.replication.errors import RemoteDenied

_API: Final = "artifactory/api"


def open_jfrog_artifactory(endpoint: Endpoint, means: Means) -> DistributionRemote:
    """Make the client."""
    return ArtifactoryRemote(means.caller(endpoint))


class ArtifactoryRemote(DistributionRemote):
    """Adds Preparing, and lists by the API."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self._prepared: set[str] = set()

    async def repositories(self, prefix: str) -> AsyncIterator[str]:
        """List the images of all Docker repositories that fit; see the port."""
        for key in await self._keys():
            if not (f"{key}/".startswith(prefix) or prefix.startswith(f"{key}/")):
                continue
            catalog = f"{_API}/docker/{quote(key)}/v2/_catalog?n=1000"
            async for image in self._pages(catalog, "", "repositories"):
                if f"{key}/{image}".startswith(prefix):
                    yield f"{key}/{image}"

    async def _keys(self) -> list[str]:
        url = self.caller.url(f"{_API}/repositories?packageType=docker")
        listed = as_list(await self.caller.run(partial(get_json, self.caller, url)), url)
        return [text_of(one, "key") for one in listed if text_of(one, "packageType").lower() == "docker"]

    async def prepare(self, repository: str) -> None:
        """Make the local Docker repository unless there is one of that key; see the port."""
        key = repository.partition("/")[0]
        if key not in self._prepared:
            if key not in await self._keys():
                await self.caller.run(partial(self._make, key))
            self._prepared.add(key)

    def _make(self, key: str, cut: Cut) -> None:
        url = self.caller.url(f"{_API}/repositories/{quote(key)}")
        body = json.dumps({"key": key, "rclass": "local", "packageType": "docker"}).encode()
        try:
            request = Request("PUT", url, {"Content-Type": "application/json"}, body)
            with self.caller.ask_api(request, cut) as answer:
                expect(answer, 200, 201)
        except RemoteDenied as error:
            raise RemoteDenied(
                f"repository {key} is not there and the account may not make it: {error}"
            ) from error
