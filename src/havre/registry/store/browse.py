"""Lists for people: repositories, artifacts, tags, with a fixed number of queries a page."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec

from havre.kernel.clock import from_micros
from havre.kernel.pages import PageRequest
from havre.kernel.work import Parameters, Reader, Row, Value
from havre.registry.model import ArtifactRecord, ChildRecord, RepositoryRecord, TagRecord
from havre.registry.store.manifests import read_strings

_REPOSITORY: Final = """SELECT r.id, r.project_id, r.name, r.description, r.pull_count, r.created_at,
    r.updated_at, (SELECT COUNT(*) FROM manifest m WHERE m.repo_id = r.id) AS artifact_count
    FROM repository r"""
_ARTIFACT: Final = """SELECT m.id, m.repo_id, m.digest, m.media_type, m.artifact_type, m.config_media_type,
    m.total_size, m.annotations, m.pushed_at, m.pulled_at, r.project_id, r.name AS repository
    FROM manifest m JOIN repository r ON r.id = m.repo_id"""
# What an index lists and what signs another is shown under it, not beside it.
_TOP_LEVEL: Final = """(m.subject IS NULL AND (EXISTS (SELECT 1 FROM tag t WHERE t.repo_id = m.repo_id
    AND t.digest = m.digest) OR NOT EXISTS (SELECT 1 FROM manifest_ref c WHERE c.repo_id = m.repo_id
    AND c.child = m.digest AND c.kind = 'manifest')))"""
REPOSITORY_ORDERS: Final = {
    "": "r.updated_at DESC, r.id DESC",
    "name": "r.name",
    "-name": "r.name DESC",
    "creation_time": "r.created_at, r.id",
    "-creation_time": "r.created_at DESC, r.id DESC",
    "update_time": "r.updated_at, r.id",
    "-update_time": "r.updated_at DESC, r.id DESC",
    "pull_count": "r.pull_count, r.id",
    "-pull_count": "r.pull_count DESC, r.id DESC",
}
ARTIFACT_ORDERS: Final = {
    "": "m.pushed_at DESC, m.id DESC",
    "push_time": "m.pushed_at, m.id",
    "-push_time": "m.pushed_at DESC, m.id DESC",
    "size": "m.total_size, m.id",
    "-size": "m.total_size DESC, m.id DESC",
    "digest": "m.digest",
    "-digest": "m.digest DESC",
}


async def names_after(
    reader: Reader, visible: Collection[int] | None, after: str, limit: int
) -> Sequence[str]:
    """List repository names bytewise (the unique index on name), of the given projects or of all."""
    parameters: dict[str, Value] = {"after": after, "limit": limit}
    where = "r.name > :after AND r.first_pushed_at IS NOT NULL"
    if visible is not None:
        where += " AND r.project_id IN :visible"
        parameters["visible"] = sorted(visible)
    rows = await reader.all(
        f"SELECT r.name FROM repository r WHERE {where} ORDER BY r.name LIMIT :limit",  # noqa: S608 - fixed parts
        parameters,
    )
    return [str(row.name) for row in rows]


async def count_repositories(reader: Reader, where: str, parameters: Parameters) -> int:
    """Count repositories that somebody pushed to."""
    row = await reader.first(
        f"SELECT COUNT(*) AS total FROM repository r WHERE {where}",  # noqa: S608 - fixed parts
        parameters,
    )
    return int(row.total) if row is not None else 0


async def list_repositories(
    reader: Reader, where: str, parameters: Parameters, order: str, page: PageRequest
) -> Sequence[RepositoryRecord]:
    """List one page of repositories (index repository_project, or all).

    The page is found first: artifacts are counted for its rows alone.
    """
    by = REPOSITORY_ORDERS[order]
    page_ids = f"SELECT r.id FROM repository r WHERE {where} ORDER BY {by} LIMIT :limit OFFSET :offset"  # noqa: S608
    rows = await reader.all(
        f"{_REPOSITORY} WHERE r.id IN ({page_ids}) ORDER BY {by}",
        {**parameters, "limit": page.size, "offset": page.offset},
    )
    return [_repository(row) for row in rows]


def _repository(row: Row) -> RepositoryRecord:
    return RepositoryRecord(
        repo_id=row.id,
        project_id=row.project_id,
        name=row.name,
        description=row.description,
        artifact_count=row.artifact_count,
        pull_count=row.pull_count,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
    )


async def count_artifacts(reader: Reader, where: str, parameters: Parameters) -> int:
    """Count the artifacts of a repository that lists show."""
    row = await reader.first(
        f"SELECT COUNT(*) AS total FROM manifest m WHERE {where}",  # noqa: S608 - fixed parts
        parameters,
    )
    return int(row.total) if row is not None else 0


def top_level(where: str) -> str:
    """Add the condition for artifacts that a list shows on their own."""
    return f"{where} AND {_TOP_LEVEL}"


async def list_artifacts(
    reader: Reader, where: str, parameters: Parameters, order: str, page: PageRequest
) -> Sequence[ArtifactRecord]:
    """List one page of artifacts with tags and children: three queries whatever the size."""
    rows = await reader.all(
        f"{_ARTIFACT} WHERE {where} ORDER BY {ARTIFACT_ORDERS[order]} LIMIT :limit OFFSET :offset",
        {**parameters, "limit": page.size, "offset": page.offset},
    )
    if not rows:
        return []
    repo_id, digests = int(rows[0].repo_id), [str(row.digest) for row in rows]
    tags = await _tags_by_digest(reader, repo_id, digests)
    children = await _children_by_parent(reader, repo_id, digests)
    return [_artifact(row, tags.get(row.digest, ()), children.get(row.digest, ())) for row in rows]


async def _tags_by_digest(
    reader: Reader, repo_id: int, digests: Sequence[str]
) -> Mapping[str, Sequence[TagRecord]]:
    rows = await reader.all(
        """SELECT t.id, t.repo_id, t.name, t.digest, t.updated_at, t.pulled_at, m.id AS artifact_id
           FROM tag t JOIN manifest m ON m.repo_id = t.repo_id AND m.digest = t.digest
           WHERE t.repo_id = :repo_id AND t.digest IN :digests
           ORDER BY t.updated_at DESC, t.id DESC LIMIT 20000""",
        {"repo_id": repo_id, "digests": list(digests)},
    )
    found: dict[str, list[TagRecord]] = defaultdict(list)
    for row in rows:
        found[row.digest].append(_tag(row))
    return found


def _tag(row: Row) -> TagRecord:
    return TagRecord(
        tag_id=row.id,
        repo_id=row.repo_id,
        artifact_id=row.artifact_id,
        name=row.name,
        pushed_at=from_micros(row.updated_at),
        pulled_at=from_micros(row.pulled_at) if row.pulled_at is not None else None,
    )


class _Extra(msgspec.Struct):
    platform: dict[str, object] = msgspec.field(default_factory=dict)
    annotations: dict[str, str] = msgspec.field(default_factory=dict)


async def _children_by_parent(
    reader: Reader, repo_id: int, digests: Sequence[str]
) -> Mapping[str, Sequence[ChildRecord]]:
    rows = await reader.all(
        """SELECT c.parent, c.child, c.extra, m.id FROM manifest_ref c
           LEFT JOIN manifest m ON m.repo_id = c.repo_id AND m.digest = c.child
           WHERE c.repo_id = :repo_id AND c.parent IN :digests AND c.kind = 'manifest'
           ORDER BY c.parent, c.position LIMIT 20000""",
        {"repo_id": repo_id, "digests": list(digests)},
    )
    found: dict[str, list[ChildRecord]] = defaultdict(list)
    for row in rows:
        extra = msgspec.json.decode(row.extra, type=_Extra)
        found[row.parent].append(
            ChildRecord(row.parent, row.id, row.child, extra.platform, extra.annotations)
        )
    return found


def _artifact(row: Row, tags: Sequence[TagRecord], children: Sequence[ChildRecord]) -> ArtifactRecord:
    return ArtifactRecord(
        artifact_id=row.id,
        repo_id=row.repo_id,
        project_id=row.project_id,
        repository=row.repository,
        digest=row.digest,
        media_type=row.media_type,
        artifact_type=row.artifact_type,
        config_media_type=row.config_media_type,
        size=row.total_size,
        annotations=read_strings(row.annotations),
        pushed_at=from_micros(row.pushed_at),
        pulled_at=from_micros(row.pulled_at) if row.pulled_at is not None else None,
        tags=tags,
        children=children,
    )


async def count_tags(reader: Reader, artifact: ArtifactRecord, like: str) -> int:
    """Count the tags on an artifact (index tag_digest)."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM tag t WHERE t.repo_id = :repo_id AND t.digest = :digest "
        "AND t.name LIKE :like ESCAPE '!'",
        {"repo_id": artifact.repo_id, "digest": artifact.digest, "like": like},
    )
    return int(row.total) if row is not None else 0


async def list_tags(
    reader: Reader, artifact: ArtifactRecord, like: str, page: PageRequest
) -> Sequence[TagRecord]:
    """List one page of an artifact's tags, newest first (index tag_digest)."""
    rows = await reader.all(
        """SELECT t.id, t.repo_id, t.name, t.updated_at, t.pulled_at, :artifact_id AS artifact_id FROM tag t
           WHERE t.repo_id = :repo_id AND t.digest = :digest AND t.name LIKE :like ESCAPE '!'
           ORDER BY t.updated_at DESC, t.id DESC LIMIT :limit OFFSET :offset""",
        {
            "artifact_id": artifact.artifact_id,
            "repo_id": artifact.repo_id,
            "digest": artifact.digest,
            "like": like,
            "limit": page.size,
            "offset": page.offset,
        },
    )
    return [_tag(row) for row in rows]
