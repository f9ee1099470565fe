"""Artifacts as lists show them: a page of rows, and what hangs on them, one query for each kind."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from havre.kernel.clock import from_micros
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.pages import PageRequest, Stretch
from havre.kernel.work import Parameters, Reader, Row
from havre.registry.model import AccessoryRecord, ArtifactRecord, ChildRecord, TagRecord
from havre.registry.store.browse import tag_record
from havre.registry.store.facts import Undescribed
from havre.registry.store.manifests import read_strings

# The page is found in the index alone (manifest_listed, manifest_of_project); the rows are read afterwards.
_PAGE: Final = """SELECT m.id, m.repo_id, m.digest, m.media_type, m.artifact_type, m.config_media_type,
    m.kind, m.total_size, m.annotations, m.pushed_at, m.pulled_at, r.project_id, r.name AS repository,
    f.attributes
    FROM (SELECT m.id FROM manifest m WHERE {where} ORDER BY {walk} LIMIT :limit OFFSET :offset) page
    JOIN manifest m ON m.id = page.id JOIN repository r ON r.id = m.repo_id
    LEFT JOIN artifact_facts f ON f.digest = m.digest ORDER BY {order}"""
ARTIFACT_ORDERS: Final = {
    "": "m.pushed_at DESC, m.id DESC",
    "push_time": "m.pushed_at, m.id",
    "-push_time": "m.pushed_at DESC, m.id DESC",
    "pull_time": "m.pulled_at, m.id",
    "-pull_time": "m.pulled_at DESC, m.id DESC",
    "size": "m.total_size, m.id",
    "-size": "m.total_size DESC, m.id DESC",
    "digest": "m.digest, m.id",
    "-digest": "m.digest DESC, m.id DESC",
    "type": "m.kind, m.id",
    "-type": "m.kind DESC, m.id DESC",
    "id": "m.id",
    "-id": "m.id DESC",
}


async def count_artifacts(reader: Reader, where: str, parameters: Parameters) -> int:
    """Count what a list shows; without filters a range of one index."""
    row = await reader.first(
        f"SELECT COUNT(*) AS total FROM manifest m WHERE {where}",  # noqa: S608 - fixed parts
        parameters,
    )
    return int(row.total) if row is not None else 0


async def list_artifacts(
    reader: Reader, where: str, parameters: Parameters, order: str, stretch: Stretch
) -> Sequence[ArtifactRecord]:
    """List one page of artifacts, bare: one query."""
    by = ARTIFACT_ORDERS[order]
    rows = await reader.all(
        _PAGE.format(where=where, walk=stretch.walk(by), order=by),
        {**parameters, "limit": stretch.limit, "offset": stretch.offset},
    )
    return [_artifact(row) for row in rows]


async def version_of_project(reader: Reader, project_id: int) -> tuple[int, ...]:
    """Make a value that never returns once anything in the project's repositories changed."""
    row = await reader.first(
        """SELECT COUNT(*) AS repositories, MAX(id) AS newest, SUM(version) AS changes FROM repository
           WHERE project_id = :id""",
        {"id": project_id},
    )
    return (0,) if row is None else (row.repositories, row.newest or 0, int(row.changes or 0))


async def tags_of(reader: Reader, ids: Sequence[int]) -> Mapping[int, Sequence[TagRecord]]:
    """Read the tags of some artifacts, newest first (index tag_digest)."""
    rows = await reader.all(
        """SELECT t.id, t.repo_id, t.name, t.updated_at, t.pulled_at, m.id AS artifact_id
           FROM manifest m JOIN tag t ON t.repo_id = m.repo_id AND t.digest = m.digest
           WHERE m.id IN :ids ORDER BY t.updated_at DESC, t.id DESC LIMIT 20000""",
        {"ids": list(ids)},
    )
    found: dict[int, list[TagRecord]] = defaultdict(list)
    for row in rows:
        found[row.artifact_id].append(tag_record(row))
    return found


class _Extra(msgspec.Struct):
    platform: dict[str, object] = msgspec.field(default_factory=dict)
    annotations: dict[str, str] = msgspec.field(default_factory=dict)


_decode_extra = msgspec.json.Decoder(_Extra).decode


async def children_of(reader: Reader, ids: Sequence[int]) -> Mapping[int, Sequence[ChildRecord]]:
    """Read the children of those artifacts that are indexes (primary key of manifest_ref)."""
    rows = await reader.all(
        """SELECT p.id AS parent_id, c.parent, c.child, c.extra, m.id FROM manifest p
           JOIN manifest_ref c ON c.repo_id = p.repo_id AND c.parent = p.digest AND c.kind = 'manifest'
           LEFT JOIN manifest m ON m.repo_id = c.repo_id AND m.digest = c.child
           WHERE p.id IN :ids ORDER BY p.id, c.position LIMIT 20000""",
        {"ids": list(ids)},
    )
    found: dict[int, list[ChildRecord]] = defaultdict(list)
    for row in rows:
        extra = _decode_extra(row.extra)
        found[row.parent_id].append(
            ChildRecord(row.parent, row.id, row.child, extra.platform, extra.annotations)
        )
    return found


_ACCESSORY: Final = """SELECT a.id, a.digest, a.subject, a.kind, a.created_at, x.id AS artifact_id,
    x.total_size, s.id AS subject_id, r.name AS repository"""


async def accessories_of(reader: Reader, ids: Sequence[int]) -> Mapping[int, Sequence[AccessoryRecord]]:
    """Read what signs or describes some artifacts (index accessory_subject)."""
    rows = await reader.all(
        f"""{_ACCESSORY}, s.id AS owner FROM manifest s
            JOIN accessory a ON a.repo_id = s.repo_id AND a.subject = s.digest
            JOIN manifest x ON x.repo_id = a.repo_id AND x.digest = a.digest
            JOIN repository r ON r.id = s.repo_id
            WHERE s.id IN :ids ORDER BY s.id, a.id LIMIT 20000""",
        {"ids": list(ids)},
    )
    return _by_owner(rows)


async def inherited_accessories(
    reader: Reader, ids: Sequence[int]
) -> Mapping[int, Sequence[AccessoryRecord]]:
    """Read the signatures of the indexes that list some artifacts (index manifest_ref_child)."""
    rows = await reader.all(
        f"""{_ACCESSORY}, m.id AS owner FROM manifest m
            JOIN manifest_ref c ON c.repo_id = m.repo_id AND c.child = m.digest AND c.kind = 'manifest'
            JOIN manifest s ON s.repo_id = c.repo_id AND s.digest = c.parent
            JOIN accessory a ON a.repo_id = s.repo_id AND a.subject = s.digest
            JOIN manifest x ON x.repo_id = a.repo_id AND x.digest = a.digest
            JOIN repository r ON r.id = s.repo_id
            WHERE m.id IN :ids AND a.kind IN ('signature.cosign', 'signature.notation')
            ORDER BY m.id, a.id LIMIT 20000""",
        {"ids": list(ids)},
    )
    return _by_owner(rows)


async def count_accessories(reader: Reader, artifact: ArtifactRecord, kind: str | None) -> int:
    """Count what signs or describes an artifact (index accessory_subject)."""
    row = await reader.first(
        f"""SELECT COUNT(*) AS total FROM accessory a
            WHERE a.repo_id = :repo_id AND a.subject = :digest{_of_kind(kind)}""",  # noqa: S608 - fixed parts
        _accessory_parameters(artifact, kind),
    )
    return 0 if row is None else int(row.total)


async def list_accessories(
    reader: Reader, artifact: ArtifactRecord, kind: str | None, page: PageRequest
) -> Sequence[AccessoryRecord]:
    """List one page of what signs or describes an artifact, oldest first (index accessory_subject)."""
    rows = await reader.all(
        f"""{_ACCESSORY} FROM accessory a
            JOIN manifest x ON x.repo_id = a.repo_id AND x.digest = a.digest
            JOIN manifest s ON s.repo_id = a.repo_id AND s.digest = a.subject
            JOIN repository r ON r.id = a.repo_id
            WHERE a.repo_id = :repo_id AND a.subject = :digest{_of_kind(kind)}
            ORDER BY a.id LIMIT :limit OFFSET :offset""",
        {**_accessory_parameters(artifact, kind), "limit": page.size, "offset": page.offset},
    )
    return [_accessory(row) for row in rows]


def _of_kind(kind: str | None) -> str:
    return "" if kind is None else " AND a.kind = :kind"


def _accessory_parameters(artifact: ArtifactRecord, kind: str | None) -> Parameters:
    place: Parameters = {"repo_id": artifact.repo_id, "digest": artifact.digest}
    return place if kind is None else {**place, "kind": kind}


def _by_owner(rows: Sequence[Row]) -> Mapping[int, Sequence[AccessoryRecord]]:
    found: dict[int, list[AccessoryRecord]] = defaultdict(list)
    for row in rows:
        found[row.owner].append(_accessory(row))
    return found


def _accessory(row: Row) -> AccessoryRecord:
    return AccessoryRecord(
        accessory_id=row.id,
        artifact_id=row.artifact_id,
        digest=row.digest,
        kind=row.kind,
        size=row.total_size,
        subject_id=row.subject_id,
        subject_digest=row.subject,
        repository=row.repository,
        created_at=from_micros(row.created_at),
    )


async def overviews_of(
    reader: Reader, digests: Sequence[str], mimes: Sequence[str]
) -> Mapping[str, Mapping[str, str]]:
    """Read stored overviews: digest -> MIME type -> JSON (primary key of scan_overview)."""
    rows = await reader.all(
        """SELECT digest, mime, overview FROM scan_overview WHERE digest IN :digests AND mime IN :mimes
           ORDER BY digest, mime LIMIT 1000""",
        {"digests": sorted(set(digests)), "mimes": list(mimes)},
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        found[row.digest][row.mime] = row.overview
    return found


async def undescribed(reader: Reader, ids: Sequence[int]) -> Sequence[Undescribed]:
    """Tell the configs of some images that were not looked into (primary key of manifest_ref)."""
    rows = await reader.all(
        """SELECT r.name, m.digest, m.kind, c.child, c.media_type FROM manifest m
           JOIN repository r ON r.id = m.repo_id
           JOIN manifest_ref c ON c.repo_id = m.repo_id AND c.parent = m.digest AND c.kind = 'config'
           WHERE m.id IN :ids ORDER BY m.id LIMIT 100""",
        {"ids": list(ids)},
    )
    return [
        Undescribed(RepositoryName(row.name), row.digest, row.kind, Digest.parse(row.child), row.media_type)
        for row in rows
    ]


def _artifact(row: Row) -> ArtifactRecord:
    return ArtifactRecord(
        artifact_id=row.id,
        repo_id=row.repo_id,
        project_id=row.project_id,
        repository=row.repository,
        digest=row.digest,
        media_type=row.media_type,
        artifact_type=row.artifact_type,
        config_media_type=row.config_media_type,
        kind=row.kind,
        size=row.total_size,
        annotations=read_strings(row.annotations) if row.annotations != "{}" else {},
        attributes=row.attributes,
        pushed_at=from_micros(row.pushed_at),
        pulled_at=from_micros(row.pulled_at) if row.pulled_at is not None else None,
    )
