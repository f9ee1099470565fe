"""Fetch what sources publish: over HTTPS, or the layers of an OCI artifact of any registry.

    sources/<name of the source>/   its files as they were fetched last
    sources/<…>.part/               being fetched; what a crash leaves is begun anew
    sources/<…>/.seen               by what the next look tells whether anything is new

What was fetched is kept, for an import replaces all there was of a source: it takes all files together.
"""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import msgspec

from havre.adapters.outgoing import Limits, Outgoing, OutgoingFailed
from havre.adapters.remotes.saving import save_blob
from havre.kernel.digest import Digest
from havre.kernel.errors import Invalid
from havre.kernel.names import parse_reference
from havre.replication.errors import RemoteFailed
from havre.replication.ports import Remote
from havre.scanning.errors import SourceUnreadable

_LARGEST: Final = 8 << 30  # of a source; all of OSV has 1 GiB
_LIMITS: Final = Limits(time_s=3600.0, largest=_LARGEST)
_PENDING: Final = ".pending"
_LAYERS: Final = 1000
_TITLE: Final = "org.opencontainers.image.title"
_ENDINGS: Final = {
    "tar+gzip": ".tar.gz",
    "tar+zstd": ".tar.zst",
    "tar": ".tar",
    "zip": ".zip",
    "json": ".json",
}


class OpenRemote(Protocol):
    """Opens registries by their address, with the account that is configured for it."""

    async def open(self, url: str) -> Remote:
        """Open it."""

    def close(self, remote: Remote) -> None:
        """Let its connections go."""


class _Layer(msgspec.Struct):
    digest: str
    size: int
    mediaType: str = ""  # noqa: N815 - the specification's name
    annotations: dict[str, str] | None = None


class _Manifest(msgspec.Struct):
    layers: list[_Layer] = []


class Fetcher:
    """Fetches sources into a directory."""

    def __init__(self, outgoing: Outgoing, registries: OpenRemote, directory: Path) -> None:
        self._outgoing = outgoing
        self._registries = registries
        self._directory = directory

    async def fetch(self, source: str) -> tuple[Path, bool]:
        """Fetch a source; tells where its files are and whether they are new.

        Raises: SourceUnreadable saying which and why.
        """
        place = self._directory / name_of(source)
        part = place.with_name(f"{place.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            seen = _seen(place)
            ways = {
                "https": self._file,
                "http": self._file,
                "oci": self._artifact,
                "oci+http": self._artifact,
            }
            now = await ways[urlsplit(source).scheme](source, part, seen)
        except (OutgoingFailed, RemoteFailed, msgspec.MsgspecError, ValueError) as error:
            shutil.rmtree(part, ignore_errors=True)
            raise SourceUnreadable(f"{source} cannot be fetched: {error}") from error
        if now == seen:
            shutil.rmtree(part)
            return place, False
        (part / ".seen").write_bytes(msgspec.json.encode(now))
        shutil.rmtree(place, ignore_errors=True)
        part.rename(place)
        return place, True

    def kept(self, source: str) -> Path | None:
        """Tell where the files are that were fetched before; see the port."""
        place = self._directory / name_of(source)
        return place if place.is_dir() else None

    def mark(self, *, is_pending: bool) -> None:
        """Note whether something waits for its import."""
        note = self._directory / _PENDING
        if is_pending:
            note.touch()
        else:
            note.unlink(missing_ok=True)

    @property
    def is_pending(self) -> bool:
        """Whether something waits for its import."""
        return (self._directory / _PENDING).exists()

    def forget_others(self, sources: Sequence[str]) -> None:
        """Drop the files of sources that are configured no more."""
        kept = {_PENDING, *map(name_of, sources)}
        for place in self._directory.iterdir() if self._directory.is_dir() else ():
            if place.name not in kept:
                shutil.rmtree(place, ignore_errors=True)

    async def _file(self, source: str, part: Path, seen: Mapping[str, str]) -> Mapping[str, str]:
        conditions = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
        headers = {conditions[name]: value for name, value in seen.items() if name in conditions}
        target = part / _safe(PurePosixPath(unquote(urlsplit(source).path)).name or "source.json")
        reply = await self._outgoing.save(source, target, headers, _LIMITS)
        if reply.status == 304:
            return seen
        if reply.status != 200:
            raise OutgoingFailed(f"it answers {reply.status}")
        return {name: reply.headers[name] for name in conditions if name in reply.headers} or {
            "sha256": _hash_of(target)
        }

    async def _artifact(self, source: str, part: Path, seen: Mapping[str, str]) -> Mapping[str, str]:
        registry, repository, reference = parts_of(source)
        remote = await self._registries.open(registry)
        try:
            found = await remote.manifest(repository, reference)
            now = {"digest": str(found.digest)}
            if now == seen:
                return now
            layers = msgspec.json.decode(found.body, type=_Manifest).layers
            if not layers or len(layers) > _LAYERS:
                raise SourceUnreadable(f"{source} has {len(layers)} layers; push files: oras push REF FILE…")
            if sum(layer.size for layer in layers) > _LARGEST:
                raise SourceUnreadable(f"{source} has more than {_LARGEST} bytes")
            for number, layer in enumerate(layers):
                target = part / f"{number:03}-{_title_of(layer)}"
                await save_blob(remote, repository, Digest.parse(layer.digest), layer.size, target)
            return now
        finally:
            self._registries.close(remote)


def parts_of(source: str) -> tuple[str, str, str]:
    """Split oci://host/repository:tag into the registry's URL, the repository and the reference.

    Raises: SourceUnreadable.
    """
    scheme, _, rest = source.partition("://")
    host, _, path = rest.partition("/")
    repository, at, reference = path.partition("@")
    if not at:
        repository, _, reference = path.partition(":")
        reference = reference or "latest"
    try:
        parse_reference(reference)
    except Invalid as error:
        raise SourceUnreadable(f"{source} is no oci://host/repository:tag: {error}") from error
    if not host or not repository:
        raise SourceUnreadable(f"{source} is no oci://host/repository:tag")
    return f"{'http' if scheme == 'oci+http' else 'https'}://{host}", repository, reference


def name_of(source: str) -> str:
    """Name the directory of a source."""
    return hashlib.sha256(source.encode()).hexdigest()[:32]


def _seen(place: Path) -> Mapping[str, str]:
    try:
        return msgspec.json.decode((place / ".seen").read_bytes(), type=dict[str, str])
    except (OSError, msgspec.MsgspecError):
        return {}


def _title_of(layer: _Layer) -> str:
    title = _safe((layer.annotations or {}).get(_TITLE, "") or "layer")
    ending = next((one for word, one in _ENDINGS.items() if layer.mediaType.endswith(word)), "")
    return title if PurePosixPath(title).suffix else f"{title}{ending}"


def _safe(name: str) -> str:
    base = PurePosixPath(name.replace("\\", "/")).name
    return (
        "".join(char if char.isalnum() or char in "._-" else "_" for char in base)[:100].lstrip(".") or "file"
    )


def _hash_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
