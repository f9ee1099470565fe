"""The pictures of the kinds of artifacts: small drawings of our own, named by their digest. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from havre.kernel.digest import Digest

CONTENT_TYPE: Final = "image/svg+xml"
_FRAME: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 36 36" width="36" height="36" fill="none" '
    'stroke="#0f5f8a" stroke-width="2" stroke-linejoin="round" stroke-linecap="round">{}</svg>'
)
_DRAWINGS: Final = {
    # three containers on a quay
    "IMAGE": '<path d="M4 27h28M6 27V17h11v10M19 27V17h11v10M12 17V8h12v9M10 20v4M13 20v4M23 20v4M26 20v4"/>',
    # a chart with its compass
    "CHART": '<circle cx="18" cy="18" r="13"/><path d="M18 8l3 10-3 10-3-10zM5 18h4M27 18h4"/>',
    # a bundle tied up
    "CNAB": '<path d="M6 11l12-6 12 6v14l-12 6-12-6zM6 11l12 6 12-6M18 17v14"/>',
    # a cog of small parts
    "WASM": '<path d="M5 6h9a4 4 0 0 0 8 0h9v25H5zM9 17l2 9 3-7 3 7 2-9M23 26l3-9 3 9M24 23h4"/>',
    # a net of neurons
    "CNAI": '<circle cx="8" cy="10" r="3"/><circle cx="8" cy="26" r="3"/><circle cx="28" cy="18" r="3"/>'
    '<circle cx="18" cy="18" r="3"/><path d="M10 12l6 4M10 24l6-4M21 18h4"/>',
    # a bill of lading
    "SBOM": '<path d="M9 4h13l6 6v22H9zM22 4v6h6M13 16h10M13 21h10M13 26h6"/>',
    # a crate whose content nobody knows
    "UNKNOWN": '<path d="M5 8h26v20H5zM15 15a3 3 0 1 1 4 3c-1 .5-1 1-1 2M18 24v.1"/>',
    # a seal
    "SIGNATURE": '<circle cx="18" cy="14" r="9"/><path d="M14 14l3 3 5-6M13 22l-2 10 7-4 7 4-2-10"/>',
}


@dataclass(frozen=True, slots=True)
class Icon:
    """A picture and its media type."""

    content: bytes
    content_type: str = CONTENT_TYPE


def _drawn() -> tuple[Mapping[str, Icon], Mapping[str, str]]:
    icons, digests = dict[str, Icon](), dict[str, str]()
    for kind, drawing in _DRAWINGS.items():
        icon = Icon(_FRAME.format(drawing).encode())
        digest = str(Digest.of(icon.content))
        icons[digest], digests[kind] = icon, digest
    return icons, digests


ICONS, _DIGESTS = _drawn()


def icon_of(kind: str) -> str:
    """Name the picture of a kind of artifact."""
    return _DIGESTS.get(kind, _DIGESTS["UNKNOWN"])


def icon_of_accessory(kind: str) -> str:
    """Name the picture of a kind of accessory."""
    if kind.startswith("signature."):
        return _DIGESTS["SIGNATURE"]
    return _DIGESTS["SBOM"] if kind == "sbom.harbor" else _DIGESTS["UNKNOWN"]
