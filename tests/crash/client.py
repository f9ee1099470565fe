"""A small raw HTTP client of the registry, one connection each; not one that hides or repeats anything."""

import base64
import hashlib
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Self

from kit.server import ADMIN_PASSWORD

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
# The longest silence of a server that is alive: a write waits 15 s for another process, and disks are slow.
_TIMEOUT_S = 45
Body = bytes | Iterator[bytes]
# What a client sees when the server dies under it.
Broken = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Answer:
    """One response, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def location(self) -> str:
        """The Location header."""
        return self.headers["location"]

    @property
    def offset(self) -> int:
        """How far an upload is; its Range header is 0-0 for one byte and for none: none is assumed."""
        last = int(self.headers["range"].partition("-")[2])
        return last + 1 if last else 0

    @property
    def error_code(self) -> str:
        """The code in the OCI envelope; fails when the body is none."""
        document = json.loads(self.body)
        code = document["errors"][0]["code"]
        assert isinstance(code, str)
        assert document["errors"][0]["message"]
        return code


class Client:
    """The administrator on one connection; a lost one is opened again by the next request."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
        self._authorization = f"Basic {base64.b64encode(f'admin:{ADMIN_PASSWORD}'.encode()).decode()}"

    def __enter__(self) -> Self:
        """Nothing yet: the first request connects."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._connection.close()

    def ask(self, method: str, path: str, body: Body | None = None, **headers: str) -> Answer:
        """Send one request and read its answer; an underscore in a header's name stands for a hyphen.

        A body of pieces is sent in the chunked coding. Raises: what `Broken` names.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            self._connection.request(
                method, path, body, {"Authorization": self._authorization, **named}, encode_chunked=True
            )
            response = self._connection.getresponse()
            text = response.read()
        except Broken:
            self._connection.close()
            raise
        lowered = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, lowered, text)

    def start(self, repository: str) -> Answer:
        """Open an upload."""
        return self.ask("POST", f"/v2/{repository}/blobs/uploads/", Content_Length="0")

    def push(self, repository: str, data: bytes) -> Answer:
        """Push a blob by POST and PUT and return the answer that failed, or the last."""
        started = self.start(repository)
        if started.status != 202:
            return started
        return self.ask("PUT", f"{started.location}?digest={digest_of(data)}", data)

    def blob(self, repository: str, digest: str) -> Answer:
        """Pull a blob."""
        return self.ask("GET", f"/v2/{repository}/blobs/{digest}")

    def manifest(self, repository: str, reference: str) -> Answer:
        """Pull a manifest."""
        return self.ask("GET", f"/v2/{repository}/manifests/{reference}", Accept=MANIFEST_TYPE)


def digest_of(data: bytes) -> str:
    """Name bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def image_of(config: bytes, layers: list[bytes]) -> bytes:
    """Make a manifest over blobs."""
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": _descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [_descriptor("application/vnd.oci.image.layer.v1.tar", layer) for layer in layers],
        }
    ).encode()


def _descriptor(kind: str, data: bytes) -> Mapping[str, str | int]:
    return {"mediaType": kind, "digest": digest_of(data), "size": len(data)}
