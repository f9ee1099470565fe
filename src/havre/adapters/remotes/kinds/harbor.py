"""Havre and Harbor: repositories, labels and deletions over the API, a project made where one is missing.

Source: reference/harbor.md section 2 (a tag is not deleted over /v2; names are encoded twice in paths).
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

from havre.adapters.remotes.caller import Caller, Endpoint, expect
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.kinds.means import Means
from havre.adapters.remotes.kinds.pages import delete, numbered, text_of
from havre.adapters.remotes.sockets import Cut
from havre.adapters.remotes.transport import Request
from havre.replication.errors import RemoteDenied, RemoteRefused

_API: Final = "api/v2.0"


def open_harbor(endpoint: Endpoint, means: Means) -> DistributionRemote:
    """Make the client."""
    return HarborRemote(means.caller(endpoint))


class HarborRemote(DistributionRemote):
    """Adds Preparing and Labelled."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(caller)
        self._prepared: set[str] = set()

    async def repositories(self, prefix: str) -> AsyncIterator[str]:
        """List what the account may see; see the port."""
        url = self.caller.url(f"{_API}/repositories")
        if prefix:
            url += "?" + urlencode({"q": f"name=~{prefix.rstrip('/')}"})
        async for one in numbered(self.caller, url, "page_size"):
            name = text_of(one, "name")
            if name.startswith(prefix):
                yield name

    async def delete_manifest(self, repository: str, reference: str) -> bool:
        """Delete an artifact, or take a tag off one; see the port."""
        project, _, path = repository.partition("/")
        url = f"{_API}/projects/{project}/repositories/{_twice(path)}/artifacts/{quote(reference, safe=':')}"
        if ":" not in reference:
            url += f"/tags/{quote(reference, safe='')}"
        url = self.caller.url(url)
        return await self.caller.run(partial(delete, self.caller, url, statuses=(200, 202, 204)))

    async def prepare(self, repository: str) -> None:
        """Make the project unless it is there; see the port."""
        project = repository.partition("/")[0]
        if project not in self._prepared:
            await self.caller.run(partial(self._make_project, project))
            self._prepared.add(project)

    def _make_project(self, project: str, cut: Cut) -> None:
        url = self.caller.url(f"{_API}/projects?{urlencode({'project_name': project})}")
        try:
            with self.caller.ask_api(Request("HEAD", url), cut) as answer:
                if answer.status == 200:
                    return
        except RemoteDenied:
            return  # an account of this project alone: whether it is there shows with the push
        body = json.dumps({"project_name": project, "metadata": {"public": "false"}}).encode()
        request = Request(
            "POST", self.caller.url(f"{_API}/projects"), {"Content-Type": "application/json"}, body
        )
        try:
            with self.caller.ask_api(request, cut) as answer:
                expect(answer, 201)
        except RemoteRefused as error:
            if error.status != 409:
                raise
        except RemoteDenied as error:
            raise RemoteDenied(
                f"project {project} is not there and the account may not make it: {error}"
            ) from error

    async def labels(self, repository: str) -> Mapping[str, frozenset[str]]:
        """Read the labels of artifacts; see the port."""
        project, _, path = repository.partition("/")
        url = f"{_API}/projects/{project}/repositories/{_twice(path)}/artifacts"
        url = self.caller.url(f"{url}?with_label=true&with_tag=false")
        found: dict[str, frozenset[str]] = {}
        async for one in numbered(self.caller, url, "page_size"):
            names = frozenset(_names(one.get("labels")))
            if names:
                found[text_of(one, "digest")] = names
        return found


def _names(labels: object) -> Iterator[str]:
    if isinstance(labels, list):
        for one in labels:
            if isinstance(one, dict) and isinstance(one.get("name"), str):
                yield one["name"]


def _twice(path: str) -> str:
    return quote(quote(path, safe=""), safe="")
