"""Real images for the tests, written as OCI image layouts by our own few lines, not by any client."""

import fcntl
import gzip
import hashlib
import io
import json
import shutil
import tarfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kit.tools import ROOT, require, run

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_REF_NAME = "org.opencontainers.image.ref.name"
_CACHE = ROOT / ".tools" / "cache"
_APPLETS = ("sh", "ls", "cat", "echo", "wget", "true")
TAG = "1.0.0"

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What names a blob: media type, digest and size in bytes."""

    media_type: str
    digest: str
    size_bytes: int

    def as_json(self) -> Json:
        """Return the descriptor as it stands in manifests."""
        return {"mediaType": self.media_type, "digest": self.digest, "size": self.size_bytes}


@dataclass(frozen=True, slots=True)
class Image:
    """An image on disk: an OCI layout with one tag, and its root file system as a tar."""

    layout: Path
    top: Descriptor
    root: Path

    def blobs(self) -> frozenset[str]:
        """Return the digests of everything that the image is made of."""
        return layout_content(self.layout)


def busybox_image(directory: Path) -> Image:
    """Write an image of busybox alone, about 1 MB."""
    directory.mkdir(parents=True, exist_ok=True)
    root = directory / "root.tar"
    root.write_bytes(_busybox_tar())
    layout = _Layout(directory / "layout")
    return Image(layout.directory, layout.finish(layout.add_image([root], "amd64")), root)


def debian_image() -> Image:
    """Return the image of a Debian root file system by debootstrap, made once and kept in .tools/cache."""
    directory = _CACHE / "debian"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "debian.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not directory.exists():
            _make_debian(directory)
    top = json.loads((directory / "layout" / "index.json").read_bytes())["manifests"][0]
    descriptor = Descriptor(top["mediaType"], top["digest"], top["size"])
    return Image(directory / "layout", descriptor, directory / "root.tar")


def multi_platform_image(directory: Path) -> Image:
    """Write an index of two platforms that share one layer and have one of their own each."""
    directory.mkdir(parents=True, exist_ok=True)
    base = directory / "root.tar"
    base.write_bytes(_busybox_tar())
    layout = _Layout(directory / "layout")
    children: list[Json] = []
    for architecture in ("amd64", "arm64"):
        own = directory / f"{architecture}.tar"
        own.write_bytes(_tar([_file("etc/architecture", architecture.encode())]))
        child = layout.add_image([base, own], architecture)
        children.append({**child.as_json(), "platform": {"architecture": architecture, "os": "linux"}})
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": children}
    return Image(layout.directory, layout.finish(layout.add_json(INDEX, index)), base)


def layout_content(layout: Path) -> frozenset[str]:
    """Return the digests of every blob in `layout`, after hashing each one's bytes."""
    found = frozenset(f"sha256:{path.name}" for path in (layout / "blobs" / "sha256").iterdir())
    for path in (layout / "blobs" / "sha256").iterdir():
        assert _digest(path.read_bytes()) == f"sha256:{path.name}", f"{path} is not what its name says"
    return found


class _Layout:
    """An OCI image layout being written (image-spec v1.1, "OCI Image Layout")."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "blobs" / "sha256").mkdir(parents=True)
        (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def add(self, media_type: str, content: bytes) -> Descriptor:
        digest = _digest(content)
        (self.directory / "blobs" / "sha256" / digest.removeprefix("sha256:")).write_bytes(content)
        return Descriptor(media_type, digest, len(content))

    def add_json(self, media_type: str, content: Json) -> Descriptor:
        return self.add(media_type, json.dumps(content, separators=(",", ":")).encode())

    def add_image(self, layers: Sequence[Path], architecture: str) -> Descriptor:
        tars = [path.read_bytes() for path in layers]
        config = self.add_json(
            _CONFIG,
            {
                "architecture": architecture,
                "os": "linux",
                "config": {"Cmd": ["/bin/sh"], "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]},
                "rootfs": {"type": "layers", "diff_ids": [_digest(tar) for tar in tars]},
            },
        )
        # Level 1: the content matters here, not its size.
        blobs = [self.add(_LAYER, gzip.compress(tar, compresslevel=1, mtime=0)) for tar in tars]
        manifest: Json = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.as_json(),
            "layers": [blob.as_json() for blob in blobs],
        }
        return self.add_json(MANIFEST, manifest)

    def finish(self, top: Descriptor) -> Descriptor:
        named = {**top.as_json(), "annotations": {_REF_NAME: TAG}}
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]}
        (self.directory / "index.json").write_text(json.dumps(index))
        return top


def _make_debian(directory: Path) -> None:
    work = directory.with_name("debian.making")
    shutil.rmtree(work, ignore_errors=True)
    root = work / "root"
    root.mkdir(parents=True)
    debootstrap = require("debootstrap")
    run([debootstrap, "--variant=minbase", "bookworm", root], timeout_s=500)
    for waste in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/locale"):
        shutil.rmtree(root / waste, ignore_errors=True)
    tar = work / "root.tar"
    run(["tar", "--sort=name", "--numeric-owner", "--exclude=./dev/*", "-C", root, "-cf", tar, "."])
    shutil.rmtree(root)
    layout = _Layout(work / "layout")
    layout.finish(layout.add_image([tar], "amd64"))
    work.rename(directory)


def _busybox_tar() -> bytes:
    entries = [_file("bin/busybox", require("busybox").read_bytes(), mode=0o755)]
    for applet in _APPLETS:
        link = tarfile.TarInfo(f"bin/{applet}")
        link.type, link.linkname = tarfile.SYMTYPE, "busybox"
        entries.append((link, b""))
    return _tar(entries)


def _file(name: str, content: bytes, mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(content), mode
    return member, content


def _tar(entries: Iterable[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for member, content in entries:
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
