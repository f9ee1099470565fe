"""What a model artifact (CNAI, the ModelPack specification) says of its files. Pure.

Source: modelpack/model-spec, "Layer annotations".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

_PATHS: Final = ("org.cncf.model.filepath", "org.cnai.model.filepath")
_METADATA: Final = ("org.cncf.model.file.metadata+json", "org.cnai.model.file.metadata+json")
_DEPTH: Final = 32


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as its manifest describes it."""

    digest: str
    media_type: str
    size: int
    annotations: Mapping[str, str]

    @property
    def path(self) -> str:
        """The file or directory that the layer holds; empty when it does not say."""
        return next((self.annotations[name] for name in _PATHS if name in self.annotations), "")


class FileNode(msgspec.Struct, omit_defaults=True):
    """A file, or a directory with what is in it, as Harbor's `files` shows it."""

    name: str
    type: str
    size: int = 0
    children: list["FileNode"] = []


class _Metadata(msgspec.Struct):
    size: int | None = None


def file_tree(layers: Sequence[Layer]) -> list[FileNode]:
    """Arrange the files of the layers in directories."""
    top: list[FileNode] = []
    for layer in layers:
        parts = [part for part in layer.path.split("/") if part not in {"", "."}]
        if not parts or ".." in parts or len(parts) > _DEPTH:
            continue
        place = top
        for part in parts[:-1]:
            place = _directory(place, part)
        place.append(FileNode(parts[-1], "file", _size_of(layer)))
    return top


def _directory(place: list[FileNode], name: str) -> list[FileNode]:
    for entry in place:
        if entry.name == name and entry.type == "directory":
            return entry.children
    fresh = FileNode(name, "directory")
    place.append(fresh)
    return fresh.children


def _size_of(layer: Layer) -> int:
    text = next((layer.annotations[name] for name in _METADATA if name in layer.annotations), "")
    try:
        told = msgspec.json.decode(text, type=_Metadata).size if text else None
    except (msgspec.MsgspecError, RecursionError):
        told = None
    return layer.size if told is None else told
