"""Parse a manifest: image, index, Docker schema 2 or list. Bytes are never changed.

Source: OCI image-spec v1.1, "Image Manifest" and "Image Index"; Docker "Image Manifest V 2, Schema 2".
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from havre.kernel.digest import Digest, DigestInvalid
from havre.registry.errors import ManifestInvalid
from havre.registry.formats import media_types

_COUNT_LIMIT: Final = 10_000  # references in one manifest; real ones have below 200
# Flat, as the image-spec has it: what lists show later must not nest to the parser's limit.
_Platform = dict[str, str | int | float | bool | list[str] | None]


class RefKind(StrEnum):
    """How a manifest refers to something."""

    CONFIG = "config"
    LAYER = "layer"
    FOREIGN = "foreign"
    MANIFEST = "manifest"


@dataclass(frozen=True, slots=True)
class Ref:
    """One descriptor inside a manifest; `extra` is JSON of what lists show (platform, annotations)."""

    kind: RefKind
    digest: Digest
    media_type: str
    size: int
    extra: str = "{}"


@dataclass(frozen=True, slots=True)
class ParsedManifest:
    """What the registry keeps beside the bytes."""

    media_type: str
    artifact_type: str | None
    config_media_type: str | None
    subject: Digest | None
    refs: tuple[Ref, ...]
    annotations: Mapping[str, str]

    @property
    def is_index(self) -> bool:
        """Whether it lists other manifests."""
        return self.media_type in media_types.INDEXES


class _Descriptor(msgspec.Struct):
    mediaType: str  # noqa: N815 - wire name
    digest: str
    size: int
    platform: _Platform | None = None
    annotations: dict[str, str] | None = None
    artifactType: str | None = None  # noqa: N815 - wire name


class _Manifest(msgspec.Struct):
    schemaVersion: int = 0  # noqa: N815 - wire name
    mediaType: str | None = None  # noqa: N815 - wire name
    artifactType: str | None = None  # noqa: N815 - wire name
    config: _Descriptor | None = None
    layers: list[_Descriptor] | None = None
    manifests: list[_Descriptor] | None = None
    subject: _Descriptor | None = None
    annotations: dict[str, str] | None = None
    fsLayers: msgspec.Raw = msgspec.Raw()  # noqa: N815 - wire name; a union with None would not take it raw


_decode = msgspec.json.Decoder(_Manifest).decode


def parse_manifest(body: bytes, content_type: str) -> ParsedManifest:
    """Check a manifest's form and tell what it refers to.

    `content_type` is the request's header, parameters and all; empty when the client sent none.
    Raises: ManifestInvalid.
    """
    try:
        document = _decode(body)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ManifestInvalid(f"the manifest is not valid: {error}") from error
    media_type = _media_type_of(document, content_type)
    if document.schemaVersion != 2:
        raise ManifestInvalid(f"schemaVersion is {document.schemaVersion}, it must be 2")
    try:
        refs = _index_refs(document) if media_type in media_types.INDEXES else _image_refs(document)
        subject = Digest.parse(document.subject.digest) if document.subject else None
    except DigestInvalid as error:
        raise ManifestInvalid(str(error)) from error
    _refuse_nul(document.artifactType or "", *(ref.media_type for ref in refs))
    return ParsedManifest(
        media_type=media_type,
        artifact_type=document.artifactType or None,
        config_media_type=document.config.mediaType if document.config else None,
        subject=subject,
        refs=refs,
        annotations=document.annotations or {},
    )


def _media_type_of(document: _Manifest, content_type: str) -> str:
    header = content_type.partition(";")[0].strip().lower()
    if header in media_types.DOCKER_SCHEMA1 or document.schemaVersion == 1 or bytes(document.fsLayers):
        raise ManifestInvalid(
            "Docker image manifest schema 1 is not supported: push with a current client (schema 2 or OCI)"
        )
    inside = document.mediaType
    if inside and header and inside.lower() != header:
        raise ManifestInvalid(f"Content-Type {header} differs from the manifest's mediaType {inside}")
    media_type = header or inside or _guess(document)
    if media_type not in media_types.MANIFESTS:
        raise ManifestInvalid(
            f"{media_type[:120]} is no manifest type served here: use an OCI image manifest or index, "
            "a Docker schema 2 manifest or a manifest list"
        )
    return media_type


def _refuse_nul(*columns: str) -> None:
    """No type holds a NUL, and PostgreSQL keeps no text that does."""
    if any("\0" in column for column in columns):
        raise ManifestInvalid("a media type or artifact type contains the character NUL")


def _guess(document: _Manifest) -> str:
    return media_types.OCI_INDEX if document.manifests is not None else media_types.OCI_MANIFEST


def _index_refs(document: _Manifest) -> tuple[Ref, ...]:
    if document.manifests is None:
        raise ManifestInvalid("an index needs the field manifests (an empty list will do)")
    if document.layers is not None or document.config is not None:
        raise ManifestInvalid("an index may not have config or layers")
    return _unique([_ref(RefKind.MANIFEST, child) for child in document.manifests])


def _image_refs(document: _Manifest) -> tuple[Ref, ...]:
    if document.config is None:
        raise ManifestInvalid("an image manifest needs a config descriptor")
    if document.layers is None:
        raise ManifestInvalid("an image manifest needs the field layers (an empty list will do)")
    if document.manifests is not None:
        raise ManifestInvalid("an image manifest may not have the field manifests")
    layers = [
        _ref(RefKind.FOREIGN if media_types.is_foreign_layer(layer.mediaType) else RefKind.LAYER, layer)
        for layer in document.layers
    ]
    return _unique([_ref(RefKind.CONFIG, document.config), *layers])


def _ref(kind: RefKind, descriptor: _Descriptor) -> Ref:
    if not 0 <= descriptor.size < 1 << 62:
        raise ManifestInvalid(
            f"descriptor {descriptor.digest[:140]} has an impossible size {descriptor.size}"
        )
    shown = {
        name: value
        for name, value in (
            ("platform", descriptor.platform),
            ("annotations", descriptor.annotations),
            ("artifactType", descriptor.artifactType),
        )
        if value is not None
    }
    extra = msgspec.json.encode(shown).decode() if kind is RefKind.MANIFEST and shown else "{}"
    return Ref(kind, Digest.parse(descriptor.digest), descriptor.mediaType, descriptor.size, extra)


def _unique(refs: list[Ref]) -> tuple[Ref, ...]:
    """Keep the first of descriptors that name the same thing: an image may repeat a layer."""
    if len(refs) > _COUNT_LIMIT:
        raise ManifestInvalid(f"the manifest has more than {_COUNT_LIMIT} descriptors")
    first: dict[tuple[RefKind, Digest], Ref] = {}
    for ref in refs:
        first.setdefault((ref.kind, ref.digest), ref)
    return tuple(first.values())
