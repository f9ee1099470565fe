"""A bare /v2 client over http.client: Basic on every request, nothing repeated, nothing hidden."""

import base64
import hashlib
import http.client
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from kit.server import ADMIN_PASSWORD


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def digest_of(content: bytes) -> str:
    """Name some bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


class RawClient:
    """One connection to one server."""

    def __init__(self, registry: str, user: str = "admin", password: str = ADMIN_PASSWORD) -> None:
        self._connection = http.client.HTTPConnection(registry, timeout=30)
        credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.authorization = {"Authorization": f"Basic {credentials}"}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; an iterable body goes chunked."""
        is_chunked = body is not None and not isinstance(body, bytes)
        self._connection.request(
            method, path, body, {**self.authorization, **(headers or {})}, encode_chunked=is_chunked
        )
        response = self._connection.getresponse()
        content = response.read()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, content)
