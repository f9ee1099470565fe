"""Images of a registry, brought as an OCI layout so that they can be scanned as files are."""

import asyncio
import platform as machine
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from havre.adapters.remotes.docker_config import kept_account
from havre.adapters.remotes.opener import RemoteOpener
from havre.adapters.remotes.saving import save_blob
from havre.kernel.addresses import Reach
from havre.kernel.clock import SystemClock
from havre.kernel.digest import Digest
from havre.kernel.errors import Invalid
from havre.kernel.names import parse_reference
from havre.replication import Credential, EndpointWords
from havre.replication.errors import RemoteFailed
from havre.replication.ports import Remote, RemoteManifest
from havre.scanning.errors import ImageUnreadable

_HUB: Final = "registry-1.docker.io"
_HUB_NAMES: Final = ("docker.io", "index.docker.io")
_LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
_AT_ONCE: Final = 4
Json = Mapping[str, Any]


def fetch_image(reference: str, into: Path, platform: str | None) -> None:
    """Bring an image, of an index the one of a platform, or of this machine's when none is named.

    Accounts are those of `docker login`. Raises: ImageUnreadable.
    """
    parts = parts_of(reference)
    try:
        asyncio.run(_fetch(*parts, into, platform or _own_platform()))
    except (RemoteFailed, Invalid, msgspec.MsgspecError, KeyError, TypeError) as error:
        raise ImageUnreadable(f"{reference} is no file here, and as an image: {error}") from error


def parts_of(reference: str) -> tuple[str, str, str]:
    """Split host/repository[:tag|@digest]: a host has a dot, a port, or is localhost.

    Raises: ImageUnreadable without a host, for it may be a file that is not there.
    """
    host, slash, path = reference.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        raise ImageUnreadable(
            f"{reference} is no file here; name an image with its registry: registry.example.com/team/app:v1"
        )
    host = _HUB if host in _HUB_NAMES else host
    repository, at, digest = path.partition("@")
    name, colon, tag = repository.rpartition(":")
    if colon and "/" not in tag:
        return host, name, digest if at else tag
    return host, repository, digest if at else "latest"


async def _fetch(host: str, repository: str, reference: str, into: Path, platform: str) -> None:
    parse_reference(reference)
    account = kept_account(host)
    scheme = "http" if host.rpartition(":")[0] in _LOCAL or host in _LOCAL else "https"
    credential = Credential("basic", *account) if account else Credential()
    opener = RemoteOpener(Reach(), SystemClock())
    remote = opener.open(EndpointWords(host, "docker-registry", f"{scheme}://{host}", credential=credential))
    try:
        top = await remote.manifest(repository, reference)
        blobs = into / "blobs"
        for one in [top, *await _chosen(remote, repository, top, platform)]:
            _put(blobs, one)
            await _layers(remote, repository, one, blobs)
        name = {"org.opencontainers.image.ref.name": f"{host}/{repository}:{reference}"}
        listed = {
            "mediaType": top.media_type,
            "digest": str(top.digest),
            "size": len(top.body),
            "annotations": name,
        }
        (into / "index.json").write_bytes(msgspec.json.encode({"schemaVersion": 2, "manifests": [listed]}))
    finally:
        opener.close(remote)


async def _chosen(
    remote: Remote, repository: str, top: RemoteManifest, platform: str
) -> Sequence[RemoteManifest]:
    children = _document(top).get("manifests")
    if children is None:
        return []
    named = {_platform_of(one): one["digest"] for one in children}
    chosen = [digest for name, digest in named.items() if name.startswith(platform)]
    if not chosen:
        raise ImageUnreadable(
            f"it has no image of {platform}; name one of {', '.join(sorted(named))} by --platform"
        )
    return [await remote.manifest(repository, digest) for digest in chosen]


async def _layers(remote: Remote, repository: str, manifest: RemoteManifest, blobs: Path) -> None:
    room = asyncio.Semaphore(_AT_ONCE)

    async def bring(layer: Json) -> None:
        digest = Digest.parse(layer["digest"])
        target = blobs / digest.algorithm / digest.hex
        target.parent.mkdir(parents=True, exist_ok=True)
        async with room:
            await save_blob(remote, repository, digest, int(layer["size"]), target)

    unique = {layer["digest"]: layer for layer in _document(manifest).get("layers") or ()}
    await asyncio.gather(*map(bring, unique.values()))


def _put(blobs: Path, manifest: RemoteManifest) -> None:
    target = blobs / manifest.digest.algorithm / manifest.digest.hex
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(manifest.body)


def _document(manifest: RemoteManifest) -> Json:
    return msgspec.json.decode(manifest.body, type=dict[str, Any])


def _platform_of(described: Json) -> str:
    platform = described.get("platform") or {}
    words = (platform.get("os"), platform.get("architecture"), platform.get("variant"))
    return "/".join(str(word) for word in words if word)


def _own_platform() -> str:
    name = machine.machine()
    return f"linux/{_ARCHITECTURES.get(name, name)}"
