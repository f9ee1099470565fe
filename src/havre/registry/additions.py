"""Read something for people out of an artifact: an image's history, a chart's values, a model's README.

What is read is bounded before it is read, and unpacked in a thread.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.digest import Digest
from havre.kernel.errors import Unavailable
from havre.kernel.names import Reference, RepositoryName
from havre.kernel.work import Database
from havre.registry.errors import AdditionTooLarge, AdditionUnknown, AdditionUnreadable
from havre.registry.formats import archive
from havre.registry.formats.facts import CONFIG_LIMIT_BYTES
from havre.registry.formats.kinds import additions_of
from havre.registry.formats.layers import Parts, parts_of
from havre.registry.formats.media_types import INDEXES
from havre.registry.formats.models import Layer, file_tree
from havre.registry.ports import BlobStore
from havre.registry.store import additions as store
from havre.registry.store import blobs, places

_LAYER_LIMIT_BYTES: Final = 32 << 20  # a chart has some KiB, an SBOM some MiB
_JSON: Final = "application/json; charset=utf-8"
_TEXT: Final = "text/plain; charset=utf-8"
_MARKDOWN: Final = "text/markdown; charset=utf-8"
_READMES: Final = frozenset({"readme", "readme.md", "readme.txt", "readme.rst"})
_LICENSES: Final = frozenset({"license", "license.md", "license.txt", "licence", "copying"})


@dataclass(frozen=True, slots=True)
class Addition:
    """What was read, and its media type."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class _Subject:
    """The artifact that something is read out of."""

    repository: RepositoryName
    kind: str
    parts: Parts


class Additions:
    """Reads additions for whoever may see them."""

    def __init__(self, database: Database, blob_store: BlobStore, access: Access) -> None:
        self._database = database
        self._blobs = blob_store
        self._access = access

    async def read(
        self, actor: Actor, repository: RepositoryName, reference: Reference, addition: str
    ) -> Addition:
        """Read one addition.

        Raises: RepositoryUnknown, ManifestUnknown, AdditionUnknown, AdditionTooLarge, AdditionUnreadable,
        and the refusals of Access.
        """
        await self._access.require(actor, "artifact-addition", "read", repository.project)
        async with self._database.read() as reader:
            place = await places.find_artifact(reader, repository, reference)
            found = await store.manifest_of(reader, place, is_sbom=addition == "sbom")
        if found is None:
            raise AdditionUnknown(addition, "any")
        subject = _Subject(repository, found.kind, parts_of(found.body))
        if addition == "sbom":
            return await self._sbom(subject)
        known = additions_of(found.kind, found.annotations, is_index=found.media_type in INDEXES)
        if addition not in known:
            raise AdditionUnknown(addition, found.kind)
        return await self._of_kind(subject, addition)

    async def _of_kind(self, subject: _Subject, addition: str) -> Addition:
        if addition == "build_history":
            return Addition(await self._config_field(subject, "history"), _JSON)
        if addition == "dependencies":
            return Addition(await self._config_field(subject, "dependencies"), _JSON)
        if addition == "files":
            return Addition(msgspec.json.encode(file_tree(subject.parts.layers)), _JSON)
        content_type = _MARKDOWN if addition == "readme.md" else _TEXT
        if subject.kind == "CHART":
            is_wanted = _is_chart_values if addition == "values.yaml" else _is_chart_readme
            content = await self._out_of(subject, subject.parts.layers[:1], is_wanted, addition)
        else:
            names = _READMES if addition == "readme.md" else _LICENSES
            layers = [layer for layer in subject.parts.layers if _base(layer.path) in names]
            content = await self._out_of(subject, layers[:1], lambda path: _base(path) in names, addition)
        return Addition(content, content_type)

    async def _config_field(self, subject: _Subject, name: str) -> bytes:
        config = subject.parts.config
        if config is None:
            return b"[]"
        content = await self._bytes(subject.repository, config, CONFIG_LIMIT_BYTES)
        try:
            document = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
            field = bytes(document.get(name, msgspec.Raw(b"[]")))
            msgspec.json.decode(field, type=list[msgspec.Raw] | None)
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
            raise AdditionUnreadable(f"the config of the artifact cannot be read: {error}") from error
        return b"[]" if field == b"null" else field

    async def _out_of(
        self,
        subject: _Subject,
        layers: Sequence[Layer],
        is_wanted: Callable[[str], bool],
        addition: str,
    ) -> bytes:
        for layer in layers:
            content = await self._bytes(subject.repository, layer, _LAYER_LIMIT_BYTES)
            if layer.media_type.endswith(".raw"):
                return content
            try:
                found = await asyncio.to_thread(archive.find_file, content, is_wanted)
            except archive.ArchiveBroken as error:
                raise AdditionUnreadable(f"layer {layer.digest} cannot be read: {error}") from error
            except archive.ArchiveTooLarge as error:
                raise AdditionTooLarge(f"{addition} or its layer", archive.FILE_LIMIT_BYTES) from error
            if found is not None:
                return found
        raise AdditionUnknown(addition, subject.kind)

    async def _sbom(self, subject: _Subject) -> Addition:
        for layer in subject.parts.layers[:1]:
            return Addition(await self._bytes(subject.repository, layer, _LAYER_LIMIT_BYTES), _JSON)
        raise AdditionUnknown("sbom", subject.kind)

    async def _bytes(self, repository: RepositoryName, layer: Layer, limit_bytes: int) -> bytes:
        found = await blobs.find_blob(self._database, repository, Digest.parse(layer.digest))
        if found is None:
            raise AdditionUnreadable(f"repository {repository} does not hold {layer.digest}")
        if found.size > limit_bytes:
            raise AdditionTooLarge(f"blob {layer.digest}", limit_bytes)
        try:
            return b"".join([piece async for piece in self._blobs.read(found.key, 0, found.size)])
        except Unavailable as error:
            raise AdditionUnreadable(f"the bytes of {layer.digest} cannot be read now") from error


def _base(path: str) -> str:
    return path.rpartition("/")[2].lower()


def _is_chart_values(path: str) -> bool:
    """The chart's own: one directory deep; deeper ones belong to the charts it depends on."""
    return path.count("/") == 1 and path.endswith("/values.yaml")


def _is_chart_readme(path: str) -> bool:
    return path.count("/") == 1 and _base(path) in _READMES
