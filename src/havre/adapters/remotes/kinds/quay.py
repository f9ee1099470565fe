"""Quay: its API lists a namespace and deletes tags, to whoever has one of its OAuth tokens.

The secret is a robot's or a person's password; or JSON as for Harbor, `{"account_name": …,
"docker_cli_password": …, "oauth2_token": …}`, of which the last opens the API.
Source: Quay API, `/api/v1/repository`, `/api/v1/repository/{repository}/tag/{tag}`.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from urllib.parse import quote, urlencode

from havre.adapters.remotes.caller import Caller, Endpoint
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.kinds.means import Means
from havre.adapters.remotes.kinds.pages import as_object, delete, get_json, objects_of, text_of
from havre.adapters.remotes.tokens import Account
from havre.kernel.secret import Secret

_API: Final = "api/v1/repository"
_PAGES: Final = 10_000


def open_quay(endpoint: Endpoint, means: Means) -> DistributionRemote:
    """Make the client."""
    parts = _parse(endpoint.account)
    return QuayRemote(means.caller(replace(endpoint, account=parts.account)), parts.token)


class QuayRemote(DistributionRemote):
    """Lists and deletes by Quay's API."""

    def __init__(self, caller: Caller, token: Secret) -> None:
        super().__init__(caller)
        self._token = token

    async def repositories(self, prefix: str) -> AsyncIterator[str]:
        """List a namespace's: without a token for the API its public ones; see the port."""
        namespace, slash, _ = prefix.partition("/")
        if not slash:  # no namespace is named, which Quay's list needs: what its catalog tells
            async for name in super().repositories(prefix):
                yield name
            return
        query = (
            {"namespace": namespace} if self._token.reveal() else {"namespace": namespace, "public": "true"}
        )
        for _ in range(_PAGES):
            url = self.caller.url(f"{_API}?{urlencode(query)}")
            page = as_object(
                await self.caller.run(partial(get_json, self.caller, url, headers=self._proof())), url
            )
            for one in objects_of(page, "repositories", url):
                name = f"{text_of(one, 'namespace') or namespace}/{text_of(one, 'name')}"
                if name.startswith(prefix):
                    yield name
            following = text_of(page, "next_page")
            if not following:
                return
            query["next_page"] = following

    async def delete_manifest(self, repository: str, reference: str) -> bool:
        """Delete by the API where a token opens it, a digest as the specification has it; see the port."""
        if ":" in reference or not self._token.reveal():
            return await super().delete_manifest(repository, reference)
        url = self.caller.url(f"{_API}/{quote(repository)}/tag/{quote(reference)}")
        proof = self._proof()
        return await self.caller.run(partial(delete, self.caller, url, statuses=(200, 204), headers=proof))

    def _proof(self) -> Mapping[str, str]:
        # A robot's password opens nothing there, and spoils what anybody may see.
        token = self._token.reveal()
        return {"Authorization": f"Bearer {token}" if token else ""}


@dataclass(frozen=True, slots=True)
class _Parts:
    account: Account
    token: Secret


def _parse(account: Account) -> _Parts:
    try:
        document = json.loads(account.secret.reveal())
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return _Parts(account, Secret(""))
    words = {name: value for name, value in document.items() if isinstance(value, str)}
    secret = words.get("docker_cli_password", "")
    name = words.get("account_name", account.name) if secret else ""
    return _Parts(Account(name, Secret(secret)), Secret(words.get("oauth2_token", "")))
