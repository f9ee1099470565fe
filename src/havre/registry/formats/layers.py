"""The config and the layers of a stored manifest, with their annotations. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from havre.registry.formats.models import Layer


class _Descriptor(msgspec.Struct):
    mediaType: str = ""  # noqa: N815 - wire name
    digest: str = ""
    size: int = 0
    annotations: dict[str, str] | None = None


class _Manifest(msgspec.Struct):
    config: _Descriptor | None = None
    layers: list[_Descriptor] | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """What a manifest is made of."""

    config: Layer | None
    layers: Sequence[Layer]


def parts_of(body: bytes) -> Parts:
    """Read them; a manifest that was stored was checked before."""
    document = msgspec.json.decode(body, type=_Manifest)
    return Parts(
        _layer(document.config) if document.config else None,
        [_layer(descriptor) for descriptor in document.layers or ()],
    )


def _layer(descriptor: _Descriptor) -> Layer:
    return Layer(descriptor.digest, descriptor.mediaType, descriptor.size, descriptor.annotations or {})
