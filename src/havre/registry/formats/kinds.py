"""Name what a manifest is: the kind of an artifact, and the kind of an accessory. Pure.

Source: Harbor's artifact processors and accessory models, reference/harbor.md 1.1 "Artifacts", "Accessories".
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from havre.registry.formats import media_types
from havre.registry.formats.manifest import ParsedManifest

UNKNOWN: Final = "UNKNOWN"
_KINDS: Final = {
    "application/vnd.oci.image.config.v1+json": "IMAGE",
    "application/vnd.docker.container.image.v1+json": "IMAGE",
    media_types.OCI_INDEX: "IMAGE",
    media_types.DOCKER_LIST: "IMAGE",
    "application/vnd.cncf.helm.config.v1+json": "CHART",
    "application/vnd.cnab.config.v1+json": "CNAB",
    "application/vnd.cnab.manifest.v1": "CNAB",
    "application/vnd.wasm.config.v1+json": "WASM",
    "application/vnd.cncf.model.config.v1+json": "CNAI",
    "application/vnd.goharbor.harbor.sbom.v1": "SBOM",
}
_CONFIG: Final = re.compile(r"application/vnd\.[^.]+\.([^.]+)\.config\.[^.]+\+json\Z")
_INDEX_TYPE: Final = "org.opencontainers.artifactType"
_WASM: Final = ("module.wasm.image/variant", "compat")
_ACCESSORIES: Final = {
    "application/vnd.dev.cosign.artifact.sig.v1+json": "signature.cosign",
    "application/vnd.dev.sigstore.bundle.v0.3+json": "signature.cosign",
    "application/vnd.cncf.notary.signature": "signature.notation",
    "application/vnd.goharbor.harbor.sbom.v1": "sbom.harbor",
    "application/vnd.nydus.manifest.v1+json": "accelerator.nydus",
}
# A bundle of sigstore holds a signature or any other statement; this says which.
_PREDICATE: Final = "dev.sigstore.bundle.predicateType"
_SIGNS: Final = "https://sigstore.dev/cosign/sign/v1"
_BY_TAG: Final = re.compile(r"(sha256|sha512)-([0-9a-f]{64,128})\.(sig|att|sbom)\Z")
_OTHER: Final = "subject.accessory"


def kind_of(parsed: ParsedManifest) -> str:
    """Name the kind of an artifact as Harbor does: by its config, or by what an index says it is."""
    if parsed.annotations.get(_WASM[0]) == _WASM[1]:
        return "WASM"
    if parsed.is_index:
        return _kind_of_type(parsed.annotations.get(_INDEX_TYPE, "")) or "IMAGE"
    return (
        _kind_of_type(parsed.config_media_type or "") or _kind_of_type(parsed.artifact_type or "") or UNKNOWN
    )


def _kind_of_type(media_type: str) -> str | None:
    known = _KINDS.get(media_type)
    if known is not None:
        return known
    found = _CONFIG.match(media_type)
    return found[1].upper() if found else None


def accessory_of(parsed: ParsedManifest, tags: Sequence[str]) -> tuple[str, str] | None:
    """Tell the subject and the kind when the manifest is an accessory: by its subject, or by its tag.

    Cosign up to 2 tags `sha256-<hex>.sig`, `.att` and `.sbom`.
    """
    if parsed.subject is not None:
        if parsed.annotations.get(_PREDICATE, _SIGNS) != _SIGNS:  # an attestation is no signature
            return str(parsed.subject), _OTHER
        return str(parsed.subject), _accessory_kind(parsed.artifact_type, parsed.config_media_type)
    for tag in tags:
        found = _BY_TAG.match(tag)
        if found and len(found[2]) == (64 if found[1] == "sha256" else 128):
            return f"{found[1]}:{found[2]}", "signature.cosign" if found[3] == "sig" else _OTHER
    return None


def _accessory_kind(*types: str | None) -> str:
    for media_type in types:
        if media_type in _ACCESSORIES:
            return _ACCESSORIES[media_type]
        if media_type and media_type.startswith("application/vnd.dev.sigstore.bundle"):
            return "signature.cosign"
    return _OTHER


def additions_of(kind: str, annotations: Mapping[str, str], *, is_index: bool) -> tuple[str, ...]:
    """List what can be read out of an artifact of this kind."""
    if is_index:
        return ()
    if kind == "IMAGE" or (kind == "WASM" and annotations.get(_WASM[0]) == _WASM[1]):
        return ("build_history",)
    return _ADDITIONS.get(kind, ())


_ADDITIONS: Final = {
    "CHART": ("values.yaml", "readme.md", "dependencies"),
    "CNAI": ("readme.md", "license", "files"),
}
