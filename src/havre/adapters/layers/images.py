"""Images outside of a registry: an OCI image layout or what `docker save` writes, as directory or tar.

Source: OCI image-spec v1.1, "Image Layout"; Docker's image specification v1.2, "Combined Image JSON".
"""

import re
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final

import msgspec

from havre.adapters.layers.sandbox import LayerFile
from havre.scanning.errors import ImageUnreadable

_DOCUMENT: Final = 8 << 20
_INDEX: Final = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
_DEPTH: Final = 4
_DIGEST: Final = re.compile(r"[a-z0-9]+:[0-9a-f]{32,}")


@dataclass(frozen=True, slots=True)
class LocalImage:
    """One image: its name, platform and digest where they are known, its layers from the lowest."""

    name: str
    platform: str
    digest: str
    layers: tuple[LayerFile, ...]


def images_at(path: Path) -> list[LocalImage]:
    """List the images of a directory or a tar.

    Raises: ImageUnreadable.
    """
    files = _of_directory(path) if path.is_dir() else _of_tar(path)
    try:
        if "index.json" in files:
            found = _of_layout(files, "index.json", _DEPTH, "")
        elif "manifest.json" in files:
            found = _of_archive(files)
        else:
            raise ImageUnreadable(
                f"{path} is no image: it has neither index.json (OCI layout) nor manifest.json (docker save)"
            )
    except (KeyError, TypeError, AttributeError, ValueError, msgspec.DecodeError, OSError) as error:
        raise ImageUnreadable(f"{path} is no sound image: {type(error).__name__} {error}") from error
    if not found:
        raise ImageUnreadable(f"{path} holds no image")
    return found


Files = Mapping[str, LayerFile]


def _of_directory(path: Path) -> Files:
    return {
        one.relative_to(path).as_posix(): LayerFile(one, 0, one.stat().st_size)
        for one in path.rglob("*")
        if one.is_file()
    }


def _of_tar(path: Path) -> Files:
    try:
        with tarfile.open(path, "r:") as archive:
            members = archive.getmembers()
    except (tarfile.TarError, OSError) as error:
        raise ImageUnreadable(
            f"{path} is no tar of an image (unpack it first if it is packed): {error}"
        ) from error
    files = {
        PurePosixPath(one.name).as_posix(): LayerFile(path, one.offset_data, one.size)
        for one in members
        if one.isfile()
    }
    for one in members:  # docker save links what several images share
        target = (PurePosixPath(one.name).parent / one.linkname).as_posix() if one.issym() else one.linkname
        if (one.issym() or one.islnk()) and target in files:
            files[PurePosixPath(one.name).as_posix()] = files[target]
    return files


def _of_layout(files: Files, name: str, depth: int, called: str) -> list[LocalImage]:
    if not depth:
        raise ValueError("indexes in indexes in indexes")
    found: list[LocalImage] = []
    for one in _document(files, name)["manifests"]:
        if not isinstance(one.get("digest"), str) or not _DIGEST.fullmatch(one["digest"]):
            raise ValueError("a descriptor without a digest")
        blob = f"blobs/{one['digest'].replace(':', '/')}"
        own = str((one.get("annotations") or {}).get("org.opencontainers.image.ref.name") or called)
        if blob not in files:
            continue  # a platform that was not copied
        document = _document(files, blob)
        if "manifests" in document or document.get("mediaType") in _INDEX:
            found += _of_layout(files, blob, depth - 1, own)
            continue
        platform = one.get("platform") or {}
        layers = tuple(files[f"blobs/{layer['digest'].replace(':', '/')}"] for layer in document["layers"])
        words = [str(platform.get(field) or "") for field in ("os", "architecture", "variant")]
        shown = "/".join(word for word in words if word)
        found.append(LocalImage(own or one["digest"], shown, one["digest"], layers))
    return [image for image in found if not image.platform.startswith("unknown")]


def _of_archive(files: Files) -> list[LocalImage]:
    listed: Any = _document(files, "manifest.json")
    return [
        LocalImage(
            name=str((one.get("RepoTags") or [one["Config"]])[0]),
            platform="",
            digest="",
            layers=tuple(files[PurePosixPath(layer).as_posix()] for layer in one["Layers"]),
        )
        for one in listed
    ]


def _document(files: Files, name: str) -> Any:
    file = files[name]
    if file.size > _DOCUMENT:
        raise ValueError(f"{name} has {file.size} bytes")
    with file.path.open("rb") as stream:
        stream.seek(file.offset)
        return msgspec.json.decode(stream.read(file.size))
