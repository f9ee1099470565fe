"""The shapes of artifacts and tags."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from havre.registry.model import ArtifactRecord, ChildRecord, TagRecord

# Harbor's word for "never pulled"; its portal compares it.
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)
_KINDS: Final = {
    "application/vnd.oci.image.config.v1+json": "IMAGE",
    "application/vnd.docker.container.image.v1+json": "IMAGE",
    "application/vnd.oci.image.index.v1+json": "IMAGE",
    "application/vnd.docker.distribution.manifest.list.v2+json": "IMAGE",
    "application/vnd.cncf.helm.config.v1+json": "CHART",
    "application/vnd.cnab.config.v1+json": "CNAB",
    "application/vnd.wasm.config.v1+json": "WASM",
    "application/vnd.cncf.model.config.v1+json": "CNAI",
    "application/vnd.goharbor.harbor.sbom.v1": "SBOM",
}
_CONFIG: Final = re.compile(r"application/vnd\.[^.]+\.([^.]+)\.config\.[^.]+\+json\Z")


class TagShape(msgspec.Struct):
    """`Tag`."""

    id: int
    repository_id: int
    artifact_id: int
    name: str
    push_time: datetime
    pull_time: datetime
    immutable: bool = False


class Platform(msgspec.Struct, omit_defaults=True, rename={"os_version": "os.version"}):
    """`Platform`."""

    architecture: str = ""
    os: str = ""
    os_version: str = ""
    variant: str = ""


class ReferenceShape(msgspec.Struct):
    """`Reference`: the child of an index; child_id is left out when it was not pushed."""

    parent_id: int
    child_id: int | UnsetType
    child_digest: str
    platform: Platform
    annotations: Mapping[str, str]


class ArtifactShape(msgspec.Struct):
    """`Artifact`."""

    id: int
    type: str
    media_type: str
    manifest_media_type: str
    artifact_type: str
    project_id: int
    repository_id: int
    repository_name: str
    digest: str
    size: int
    push_time: datetime
    pull_time: datetime
    annotations: Mapping[str, str]
    references: list[ReferenceShape]
    tags: list[TagShape] | UnsetType = UNSET


def tag_shape(record: TagRecord) -> TagShape:
    """Show a tag."""
    return TagShape(
        id=record.tag_id,
        repository_id=record.repo_id,
        artifact_id=record.artifact_id,
        name=record.name,
        push_time=record.pushed_at,
        pull_time=record.pulled_at or _NEVER,
    )


def artifact_shape(record: ArtifactRecord, *, with_tags: bool) -> ArtifactShape:
    """Show an artifact; Harbor calls the media type of its config the media type of the artifact."""
    media_type = record.config_media_type or record.media_type
    return ArtifactShape(
        id=record.artifact_id,
        type=artifact_kind(media_type),
        media_type=media_type,
        manifest_media_type=record.media_type,
        artifact_type=record.artifact_type or media_type,
        project_id=record.project_id,
        repository_id=record.repo_id,
        repository_name=record.repository,
        digest=record.digest,
        size=record.size,
        push_time=record.pushed_at,
        pull_time=record.pulled_at or _NEVER,
        annotations=record.annotations,
        references=[_reference(record.artifact_id, child) for child in record.children],
        tags=[tag_shape(tag) for tag in record.tags] if with_tags else UNSET,
    )


def artifact_kind(media_type: str) -> str:
    """Name the kind of an artifact by the media type of its config, as Harbor does."""
    known = _KINDS.get(media_type)
    if known is not None:
        return known
    found = _CONFIG.match(media_type)
    return found[1].upper() if found else "UNKNOWN"


def _reference(parent_id: int, child: ChildRecord) -> ReferenceShape:
    return ReferenceShape(
        parent_id=parent_id,
        child_id=UNSET if child.child_id is None else child.child_id,
        child_digest=child.child_digest,
        platform=Platform(
            architecture=_text(child.platform, "architecture"),
            os=_text(child.platform, "os"),
            os_version=_text(child.platform, "os.version"),
            variant=_text(child.platform, "variant"),
        ),
        annotations=child.annotations,
    )


def _text(platform: Mapping[str, object], key: str) -> str:
    value = platform.get(key, "")
    return value if isinstance(value, str) else ""
