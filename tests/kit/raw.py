"""A bare /v2 client over http.client: Basic on every request, nothing repeated, nothing hidden."""

import base64
import hashlib
import http.client
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from kit.server import ADMIN_PASSWORD

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = b"{}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def code(self) -> str:
        """The first code of the error envelope; fails the test when there is none."""
        found: str = json.loads(self.body)["errors"][0]["code"]
        return found


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

    def push_blob(self, repository: str, content: bytes) -> str:
        """Push a blob as docker does: POST, one chunked PATCH, PUT."""
        digest = digest_of(content)
        started = self.ask("POST", f"/v2/{repository}/blobs/uploads/", b"")
        assert started.status == 202, started
        pieces = [content[at : at + 32768] for at in range(0, len(content), 32768)]
        grown = self.ask("PATCH", started.headers["location"], iter(pieces))
        assert grown.status == 202, grown
        done = self.ask("PUT", f"{grown.headers['location']}?digest={digest}", b"")
        assert done.status == 201, done
        return digest

    def push_image(self, repository: str, tag: str, layer: bytes) -> str:
        """Push a layer, an empty config and a manifest with a tag; return the manifest's digest."""
        self.push_blob(repository, layer)
        self.push_blob(repository, _CONFIG)
        manifest = image_manifest(layer)
        answer = self.ask(
            "PUT", f"/v2/{repository}/manifests/{tag}", manifest, {"Content-Type": OCI_MANIFEST}
        )
        assert answer.status == 201, answer
        return digest_of(manifest)


def image_manifest(layer: bytes) -> bytes:
    """Make the manifest of an image with one layer and an empty config."""
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "digest": digest_of(_CONFIG),
                "size": len(_CONFIG),
            },
            "layers": [
                {
                    "mediaType": "application/vnd.oci.image.layer.v1.tar",
                    "digest": digest_of(layer),
                    "size": len(layer),
                }
            ],
        }
    ).encode()
