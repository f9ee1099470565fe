"""The kinds of manifests that are asked for."""

from typing import Final

INDEX: Final = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPES: Final = (
    INDEX,
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
