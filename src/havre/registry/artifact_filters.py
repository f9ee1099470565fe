"""What a list of artifacts is narrowed to, as conditions over `manifest m`. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from havre.kernel.clock import to_micros
from havre.kernel.patterns import containing
from havre.kernel.work import Value

_HAS_TAG: Final = "EXISTS (SELECT 1 FROM tag t WHERE t.repo_id = m.repo_id AND t.digest = m.digest"
_IS_ACCESSORY: Final = """EXISTS (SELECT 1 FROM accessory a JOIN manifest s
    ON s.repo_id = a.repo_id AND s.digest = a.subject WHERE a.repo_id = m.repo_id AND a.digest = m.digest)"""
# Harbor calls the type of the config the media type of the artifact.
_MEDIA_TYPE: Final = "COALESCE({m}.config_media_type, {m}.media_type)"
_ARTIFACT_TYPE: Final = "COALESCE({m}.artifact_type, {m}.config_media_type, {m}.media_type)"


@dataclass(frozen=True, slots=True)
class ArtifactFilters:
    """None leaves a field open; `…_part` matches anywhere.

    `is_base` also shows the untagged children of indexes; `is_latest` only the newest of each repository.
    """

    kind: str | None = None
    digest: str | None = None
    media_type: str | None = None
    artifact_type: str | None = None
    tags: Literal["any", "none", "some"] = "any"
    tag: str | None = None
    tag_part: str | None = None
    labels: Sequence[int] = ()
    pushed: tuple[datetime | None, datetime | None] = (None, None)
    pulled: tuple[datetime | None, datetime | None] = (None, None)
    is_base: bool = False
    is_latest: bool = False


@dataclass(frozen=True, slots=True)
class Conditions:
    """A WHERE and its parameters; a count under it holds until a repository changes, or never."""

    where: str
    parameters: dict[str, Value]
    is_countable: bool


def conditions(place: str, place_id: int, filters: ArtifactFilters) -> Conditions:
    """Make the conditions of a list in one repository or project; `place` is the column that names it."""
    parts, values = [f"m.{place} = :place"], dict[str, Value](place=place_id)
    parts.append(f"NOT {_IS_ACCESSORY}" if filters.is_base else "m.is_listed = TRUE")
    parts += _equals(filters, values)
    parts += _tags(place, filters, values)
    parts += _times("m.pushed_at", "pushed", filters.pushed, values)
    parts += _times("m.pulled_at", "pulled", filters.pulled, values)
    for number, label in enumerate(filters.labels):
        values[f"label{number}"] = label
        parts.append(
            f"m.id IN (SELECT al.manifest_id FROM artifact_label al WHERE al.label_id = :label{number})"  # noqa: S608 - fixed parts
        )
    if filters.is_latest:
        parts.append(_latest(filters))
    # Labels and pulls change without a new version of the repository.
    is_countable = not filters.labels and filters.pulled == (None, None)
    return Conditions(" AND ".join(parts), values, is_countable)


def _equals(filters: ArtifactFilters, values: dict[str, Value]) -> list[str]:
    parts = []
    for name, column, value in (
        ("kind", "m.kind", filters.kind),
        ("digest", "m.digest", filters.digest),
        ("media_type", _MEDIA_TYPE.format(m="m"), filters.media_type),
        ("artifact_type", _ARTIFACT_TYPE.format(m="m"), filters.artifact_type),
    ):
        if value is not None:
            values[name] = value
            parts.append(f"{column} = :{name}")
    return parts


def _tags(place: str, filters: ArtifactFilters, values: dict[str, Value]) -> list[str]:
    parts = []
    among = (
        "t.repo_id = :place"
        if place == "repo_id"
        else "t.repo_id IN (SELECT r.id FROM repository r WHERE r.project_id = :place)"
    )
    if filters.tags != "any":
        parts.append(f"{'NOT ' if filters.tags == 'none' else ''}{_HAS_TAG})")
    if filters.tag is not None:  # by the tag's own key: no walk through the artifacts
        values["tag"] = filters.tag
        parts.append(
            "m.id IN (SELECT x.id FROM tag t JOIN manifest x"  # noqa: S608 - fixed parts
            f" ON x.repo_id = t.repo_id AND x.digest = t.digest WHERE t.name = :tag AND {among})"
        )
    if filters.tag_part is not None:
        values["tag_part"] = containing(filters.tag_part)
        parts.append(f"{_HAS_TAG} AND t.name LIKE :tag_part ESCAPE '!')")
    return parts


def _times(
    column: str, name: str, ends: tuple[datetime | None, datetime | None], values: dict[str, Value]
) -> list[str]:
    parts = []
    for end, sign in zip(ends, (">=", "<="), strict=True):
        if end is not None:
            key = f"{name}_{'since' if sign == '>=' else 'until'}"
            values[key] = to_micros(end)
            parts.append(f"{column} {sign} :{key}")
    return parts


def _latest(filters: ArtifactFilters) -> str:
    same = ["x.repo_id = m.repo_id", "x.is_listed = TRUE"]
    if filters.media_type is not None:
        same.append(f"{_MEDIA_TYPE.format(m='x')} = :media_type")
    if filters.artifact_type is not None:
        same.append(f"{_ARTIFACT_TYPE.format(m='x')} = :artifact_type")
    return (
        f"m.id = (SELECT x.id FROM manifest x WHERE {' AND '.join(same)} "  # noqa: S608 - fixed parts
        "ORDER BY x.pushed_at DESC, x.id DESC LIMIT 1)"
    )
