"""The shapes of artifacts and tags."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from havre.edge.api.wire.label import LabelShape, label_shape
from havre.registry import Shown
from havre.registry.formats.icons import icon_of, icon_of_accessory
from havre.registry.formats.kinds import additions_of
from havre.registry.formats.media_types import INDEXES
from havre.registry.model import AccessoryRecord, ArtifactRecord, ChildRecord, TagRecord

SBOM_REPORT: Final = "application/vnd.security.sbom.report+json; version=1.0"
# Harbor's word for "never pulled"; its portal compares it.
_NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)


class TagShape(msgspec.Struct):
    """`Tag`."""

    id: int
    repository_id: int
    artifact_id: int
    name: str
    push_time: datetime
    pull_time: datetime
    immutable: bool = False


class TagReq(msgspec.Struct):
    """`Tag` as it is sent: only the name counts."""

    name: str


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


class AdditionLink(msgspec.Struct):
    """`AdditionLink`."""

    href: str
    absolute: bool = False


class AccessoryShape(msgspec.Struct):
    """`Accessory`."""

    id: int
    artifact_id: int
    subject_artifact_id: int
    subject_artifact_digest: str
    subject_artifact_repo: str
    size: int
    digest: str
    type: str
    icon: str
    creation_time: datetime


class ArtifactShape(msgspec.Struct, omit_defaults=True):
    """`Artifact`; lists that were not asked for are left out."""

    id: int
    type: str
    media_type: str
    manifest_media_type: str
    artifact_type: str
    project_id: int
    repository_id: int
    repository_name: str
    digest: str
    icon: str
    size: int
    push_time: datetime
    pull_time: datetime
    annotations: Mapping[str, str]
    references: list[ReferenceShape]
    extra_attrs: Raw
    addition_links: Mapping[str, AdditionLink]
    tags: list[TagShape] | UnsetType = UNSET
    labels: list[LabelShape] | UnsetType = UNSET
    accessories: list[AccessoryShape] | UnsetType = UNSET
    inherited_accessories: list[AccessoryShape] | UnsetType = UNSET
    scan_overview: Mapping[str, Raw] | UnsetType = UNSET
    sbom_overview: Raw | UnsetType = UNSET


def tag_shape(record: TagRecord) -> TagShape:
    """Show a tag."""
    return TagShape(
        id=record.tag_id,
        repository_id=record.repo_id,
        artifact_id=record.artifact_id,
        name=record.name,
        push_time=record.pushed_at,
        pull_time=record.pulled_at or _NEVER,
        immutable=record.is_immutable,
    )


def accessory_shape(record: AccessoryRecord) -> AccessoryShape:
    """Show an accessory."""
    return AccessoryShape(
        id=record.accessory_id,
        artifact_id=record.artifact_id,
        subject_artifact_id=record.subject_id,
        subject_artifact_digest=record.subject_digest,
        subject_artifact_repo=record.repository,
        size=record.size,
        digest=record.digest,
        type=record.kind,
        icon=icon_of_accessory(record.kind),
        creation_time=record.created_at,
    )


def artifact_shape(record: ArtifactRecord, shown: Shown) -> ArtifactShape:
    """Show an artifact; Harbor calls the media type of its config the media type of the artifact."""
    media_type = record.config_media_type or record.media_type
    scan = _scan_overview(record, shown)
    return ArtifactShape(
        id=record.artifact_id,
        type=record.kind,
        media_type=media_type,
        manifest_media_type=record.media_type,
        artifact_type=record.artifact_type or media_type,
        project_id=record.project_id,
        repository_id=record.repo_id,
        repository_name=record.repository,
        digest=record.digest,
        icon=icon_of(record.kind),
        size=record.size,
        push_time=record.pushed_at,
        pull_time=record.pulled_at or _NEVER,
        annotations=record.annotations,
        references=[_reference(record.artifact_id, child) for child in record.children],
        extra_attrs=Raw((record.attributes or "{}").encode()),
        addition_links=_addition_links(record),
        tags=[tag_shape(tag) for tag in record.tags] if shown.tags else UNSET,
        labels=[label_shape(label) for label in record.labels] if shown.labels else UNSET,
        accessories=[accessory_shape(one) for one in record.accessories] if shown.accessories else UNSET,
        inherited_accessories=[accessory_shape(one) for one in record.inherited]
        if shown.inherited
        else UNSET,
        scan_overview=scan,
        sbom_overview=Raw(record.overviews[SBOM_REPORT].encode())
        if SBOM_REPORT in record.overviews
        else UNSET,
    )


def _scan_overview(record: ArtifactRecord, shown: Shown) -> Mapping[str, Raw] | UnsetType:
    """Take the first report, in the order that the caller accepts them."""
    for mime in shown.mimes:
        if mime != SBOM_REPORT and mime in record.overviews:
            return {mime: Raw(record.overviews[mime].encode())}
    return UNSET


def _addition_links(record: ArtifactRecord) -> Mapping[str, AdditionLink]:
    names = additions_of(record.kind, record.annotations, is_index=record.media_type in INDEXES)
    if not names:
        return {}
    project, _, path = record.repository.partition("/")
    place = (
        f"/api/v2.0/projects/{project}/repositories/{path.replace('/', '%252F')}/artifacts/{record.digest}"
    )
    return {name: AdditionLink(f"{place}/additions/{name}") for name in names}


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
