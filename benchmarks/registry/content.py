"""What is pushed and pulled: blobs and images made here, and the steps that push them."""

import hashlib
import json
import os
from dataclasses import dataclass

from benchmarks.registry.wire import Answer, Connection, Part

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_PATTERN_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes and their sha256 digest."""

    content: bytes
    digest: str


@dataclass(frozen=True, slots=True)
class Image:
    """A manifest with every blob that it names."""

    manifest: bytes
    blobs: tuple[Blob, ...]


def make_blob(size_bytes: int) -> Blob:
    """Return incompressible-looking bytes that no earlier blob shares."""
    pattern = os.urandom(min(size_bytes, _PATTERN_BYTES))
    content = (pattern * (size_bytes // len(pattern) + 1))[:size_bytes]
    return Blob(content, digest_of(content))


def make_image(layer_count: int, layer_bytes: int) -> Image:
    """Return an image with its own config and `layer_count` layers of `layer_bytes` each."""
    config = make_blob(1024)
    layers = tuple(make_blob(layer_bytes) for _ in range(layer_count))
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": _descriptor(_CONFIG, config),
        "layers": [_descriptor(_LAYER, layer) for layer in layers],
    }
    return Image(json.dumps(manifest, indent=1).encode(), (config, *layers))


def digest_of(content: bytes) -> str:
    """Return the sha256 digest in the OCI spelling."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def push_blob(link: Connection, repository: str, digest: str, body: list[Part]) -> None:
    """Push a blob as POST, then one PUT with the whole body."""
    put = upload_path(open_upload(link, repository), digest)
    link.request("PUT", put, {"Content-Type": "application/octet-stream"}, body).expect(201)


def push_image(link: Connection, repository: str, tag: str, image: Image) -> None:
    """Push every blob, then the manifest under `tag`."""
    for blob in image.blobs:
        push_blob(link, repository, blob.digest, [blob.content])
    tag_manifest(link, repository, tag, image.manifest)


def tag_manifest(link: Connection, repository: str, tag: str, manifest: bytes) -> None:
    """PUT the manifest under `tag`."""
    path = f"/v2/{repository}/manifests/{tag}"
    link.request("PUT", path, {"Content-Type": MANIFEST}, [manifest]).expect(201)


def open_upload(link: Connection, repository: str) -> Answer:
    """POST for a new upload session."""
    return link.request("POST", f"/v2/{repository}/blobs/uploads/").expect(202)


def upload_path(answer: Answer, digest: str = "") -> str:
    """Return the path of the next step from Location (perhaps a whole URL), with `digest` when it closes."""
    location = answer.headers["location"]
    path = location[location.index("/v2/") :]
    if not digest:
        return path
    return f"{path}{'&' if '?' in path else '?'}digest={digest}"


def _descriptor(kind: str, blob: Blob) -> dict[str, str | int]:
    return {"mediaType": kind, "digest": blob.digest, "size": len(blob.content)}
