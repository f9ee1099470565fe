"""Docker Hub: a registry at one address, and what lists its repositories and deletes its tags at another.

Source: Docker Hub API reference, "Authentication", "Repositories"; the registry deletes nothing itself.
"""

import json
import threading
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Final
from urllib.parse import quote

from havre.adapters.remotes.caller import Caller, Endpoint, expect
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.kinds.means import Means
from havre.adapters.remotes.kinds.pages import as_object, delete, get_json, objects_of, read_json, text_of
from havre.adapters.remotes.sockets import Cut
from havre.adapters.remotes.transport import Request
from havre.replication.errors import RemoteRefused, RemoteWrong

_HUB: Final = "https://hub.docker.com"
_REGISTRY: Final = "https://registry-1.docker.io"
_PAGE: Final = 100
_PAGES: Final = 10_000
_LOGIN_S: Final = 300.0  # logins are counted there; a token of theirs lives longer than that


def open_docker_hub(endpoint: Endpoint, means: Means) -> DistributionRemote:
    """Make the client; an address other than Docker's serves both, as a stand-in does."""
    url = endpoint.url.rstrip("/")
    registry = replace(endpoint, url=_REGISTRY) if url == _HUB else endpoint
    return DockerHubRemote(means.caller(registry), url)


class DockerHubRemote(DistributionRemote):
    """Lists and deletes by Docker Hub's API."""

    def __init__(self, caller: Caller, api: str) -> None:
        super().__init__(caller)
        self._api = api
        self._lock = threading.Lock()
        self._login: tuple[str, float] = ("", 0.0)

    async def repositories(self, prefix: str) -> AsyncIterator[str]:
        """List those of one namespace, or of the account's namespaces; see the port."""
        namespace, slash, _ = prefix.partition("/")
        namespaces = [namespace] if slash else await self._namespaces(prefix)
        for one in namespaces:
            async for name in self._of_namespace(one):
                if name.startswith(prefix):
                    yield name

    async def _namespaces(self, prefix: str) -> list[str]:
        url = f"{self._api}/v2/repositories/namespaces/"
        document = as_object(await self.caller.run(partial(self._get, url)), url)
        listed = document.get("namespaces")
        names = listed if isinstance(listed, list) else []
        return [name for name in names if isinstance(name, str) and name.startswith(prefix)]

    async def _of_namespace(self, namespace: str) -> AsyncIterator[str]:
        for number in range(1, _PAGES):
            url = f"{self._api}/v2/namespaces/{quote(namespace)}/repositories?page={number}&page_size={_PAGE}"
            document = as_object(await self.caller.run(partial(self._get, url)), url)
            for one in objects_of(document, "results", url):
                yield f"{namespace}/{text_of(one, 'name')}"
            if not document.get("next"):
                return

    async def delete_manifest(self, repository: str, reference: str) -> bool:
        """Delete a tag; see the port."""
        if ":" in reference:
            raise RemoteRefused("Docker Hub deletes tags alone, and no manifest by its digest", 405)
        url = f"{self._api}/v2/repositories/{quote(repository)}/tags/{quote(reference)}/"
        return await self.caller.run(partial(self._delete, url))

    def _delete(self, url: str, cut: Cut) -> bool:
        return delete(self.caller, url, cut, (200, 202, 204), self._proof(cut))

    def _get(self, url: str, cut: Cut) -> object:
        return get_json(self.caller, url, cut, self._proof(cut))

    def _proof(self, cut: Cut) -> Mapping[str, str]:
        account = self.caller.account
        if not account.name:
            return {}
        with self._lock:
            token, until = self._login
            if time.monotonic() >= until:
                body = json.dumps({"identifier": account.name, "secret": account.secret.reveal()}).encode()
                kind = {"Content-Type": "application/json", "Authorization": ""}
                url = f"{self._api}/v2/auth/token"
                with self.caller.ask_api(Request("POST", url, kind, body), cut) as answer:
                    expect(answer, 200)
                    token = text_of(as_object(read_json(answer), url), "access_token")
                if not token:
                    raise RemoteWrong("Docker Hub answers a login without a token")
                self._login = token, time.monotonic() + _LOGIN_S
            return {"Authorization": f"Bearer {token}"}
