"""Amazon ECR: an access key logs in for twelve hours, repositories are made before the first push.

The address is the service's (`https://api.ecr.REGION.amazonaws.com`) or the registry's own
(`https://ACCOUNT.dkr.ecr.REGION.amazonaws.com`), the account an access key.
Source: Amazon ECR API reference 2015-09-21, GetAuthorizationToken, DescribeRepositories, CreateRepository,
BatchDeleteImage.
"""

import base64
import json
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from havre.adapters.aws import Key, signed
from havre.adapters.remotes.caller import Caller, Endpoint, expect
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.kinds.means import Means
from havre.adapters.remotes.kinds.pages import Json, as_object, objects_of, read_json, text_of
from havre.adapters.remotes.sockets import Cut
from havre.adapters.remotes.tokens import Account
from havre.adapters.remotes.transport import Answer, Request
from havre.kernel.clock import Clock
from havre.kernel.secret import Secret
from havre.replication.errors import RemoteDenied, RemoteWrong

_HOST: Final = re.compile(
    r"https://(?:api|(?P<account>\d+)\.dkr)\.(?P<service>ecr(?:-fips)?)\.(?P<region>[a-z0-9-]+)\."
    r"(?P<domain>amazonaws\.com(?:\.cn)?)"
)
_TARGET: Final = "AmazonEC2ContainerRegistry_V20150921."
_LIFE: Final = timedelta(hours=11)  # a login lives twelve
_PAGES: Final = 10_000
_DENIED: Final = ("AccessDenied", "UnrecognizedClient", "InvalidSignature", "ExpiredToken", "MissingAuth")


def open_aws_ecr(endpoint: Endpoint, means: Means) -> DistributionRemote:
    """Make the client; an address other than Amazon's serves both, as a stand-in does."""
    found = _HOST.fullmatch(endpoint.url.rstrip("/"))
    api, region = endpoint.url.rstrip("/"), "us-east-1"
    if found is not None:
        region = found["region"]
        api = f"https://api.{found['service']}.{region}.{found['domain']}"
    key = Key(endpoint.account.name, endpoint.account.secret, region, "ecr")
    return EcrRemote(EcrCaller(endpoint, EcrApi(api, key), means))


@dataclass(frozen=True, slots=True)
class EcrApi:
    """Where the service is, and the key that opens it."""

    url: str
    key: Key

    def request(self, action: str, words: dict[str, object], now: datetime) -> Request:
        """Make the request of an action, signed."""
        body = json.dumps(words).encode()
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": f"{_TARGET}{action}",
            "Accept": "application/json",
        }
        return Request("POST", f"{self.url}/", signed(self.key, f"{self.url}/", headers, body, now), body)


class EcrCaller(Caller):
    """Asks the service where the registry is and as whom, before the first request and when that ends."""

    def __init__(self, endpoint: Endpoint, api: EcrApi, means: Means) -> None:
        super().__init__(endpoint, means.reach, means.pool, means.clock)
        self._api = api
        self._time: Clock = means.clock
        self._lock = threading.Lock()
        self._until: datetime | None = None

    @contextmanager
    def ask(self, request: Request, scope: str, cut: Cut) -> Iterator[Answer]:
        """Send a request to the registry; see Caller."""
        asked = request.url.removeprefix(self.url(""))
        with self._lock:
            if self._until is None or self._until <= self._time.now():
                self._log_in(cut)
        if asked != request.url:  # it was made with the address of before
            request = replace(request, url=self.url(asked))
        with super().ask(request, scope, cut) as answer:
            yield answer

    def _log_in(self, cut: Cut) -> None:
        document = self.act("GetAuthorizationToken", {}, cut)
        told = objects_of(document, "authorizationData", self._api.url)
        try:
            name, _, secret = base64.b64decode(text_of(told[0], "authorizationToken")).decode().partition(":")
            registry = text_of(told[0], "proxyEndpoint")
        except (IndexError, ValueError) as error:
            raise RemoteWrong("ECR answers no authorization token") from error
        self.aim(registry, Account(name, Secret(secret)))
        self._until = self._time.now() + _LIFE

    def act(self, action: str, words: dict[str, object], cut: Cut, known: str = "") -> dict[str, object]:
        """Call the service's API; the error `known` is an empty answer.

        Raises: RemoteDenied, and the errors of RemoteFailed.
        """
        request = self._api.request(action, words, self._time.now())
        with self.ask_api(request, cut) as answer:
            if answer.status == 400:
                kind, said = _error_of(read_json(answer))
                if known and kind == known:
                    return {}
                if kind.startswith(_DENIED):
                    raise RemoteDenied(f"ECR refuses the access key: {kind} {said}")
                raise RemoteWrong(f"ECR refuses {action}: {kind} {said}")
            expect(answer, 200)
            return as_object(read_json(answer), answer.url)


class EcrRemote(DistributionRemote):
    """Adds Preparing; lists and deletes by the service's API."""

    def __init__(self, caller: EcrCaller) -> None:
        super().__init__(caller)
        self._ecr = caller
        self._prepared: set[str] = set()

    async def repositories(self, prefix: str) -> AsyncIterator[str]:
        """DescribeRepositories; see the port."""
        words: dict[str, object] = {"maxResults": 1000}
        for _ in range(_PAGES):
            page = await self._act("DescribeRepositories", words)
            for one in objects_of(page, "repositories", "ECR"):
                name = text_of(one, "repositoryName")
                if name.startswith(prefix):
                    yield name
            following = text_of(page, "nextToken")
            if not following:
                return
            words = {**words, "nextToken": following}

    async def prepare(self, repository: str) -> None:
        """CreateRepository; see the port."""
        if repository not in self._prepared:
            words: dict[str, object] = {"repositoryName": repository}
            await self._act("CreateRepository", words, "RepositoryAlreadyExistsException")
            self._prepared.add(repository)

    async def delete_manifest(self, repository: str, reference: str) -> bool:
        """BatchDeleteImage; see the port."""
        one = {"imageDigest": reference} if ":" in reference else {"imageTag": reference}
        words: dict[str, object] = {"repositoryName": repository, "imageIds": [one]}
        answer = await self._act("BatchDeleteImage", words, "RepositoryNotFoundException")
        return bool(answer.get("imageIds"))

    async def _act(self, action: str, words: dict[str, object], known: str = "") -> dict[str, object]:
        return await self.caller.run(partial(self._ecr.act, action, words, known=known))


def _error_of(document: Json) -> tuple[str, str]:
    words = as_object(document, "ECR")
    return text_of(words, "__type").rpartition("#")[2], (
        text_of(words, "message") or text_of(words, "Message")
    )
