"""Lists for people: repositories and tags, with a fixed number of queries a page."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from havre.kernel.clock import from_micros
from havre.kernel.pages import PageRequest, Stretch
from havre.kernel.work import Parameters, Reader, Row, Value
from havre.registry.model import FoundRepository, RepositoryRecord, TagRecord
from havre.registry.store.places import ArtifactPlace

# The page is found in an index alone where the order has one; the rows are read afterwards.
_PAGE: Final = """SELECT r.id, r.project_id, r.name, r.description, r.pull_count, r.created_at,
    r.updated_at, r.version
    FROM (SELECT r.id FROM repository r WHERE {where} ORDER BY {walk} LIMIT :limit OFFSET :offset) page
    JOIN repository r ON r.id = page.id ORDER BY {order}"""
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
    """Count repositories that somebody pushed to (indexes repository_updated and repository_of_project)."""
    row = await reader.first(
        f"SELECT COUNT(*) AS total FROM repository r WHERE {where}",  # noqa: S608 - fixed parts
        parameters,
    )
    return int(row.total) if row is not None else 0


async def list_repositories(
    reader: Reader, where: str, parameters: Parameters, order: str, stretch: Stretch
) -> Sequence[RepositoryRecord]:
    """List one page of repositories, their artifacts not counted.

    Indexes repository_updated and repository_of_project by update_time, the unique one by name.
    """
    by = REPOSITORY_ORDERS[order]
    rows = await reader.all(
        _PAGE.format(where=where, walk=stretch.walk(by), order=by),
        {**parameters, "limit": stretch.limit, "offset": stretch.offset},
    )
    return [_repository(row) for row in rows]


def _repository(row: Row) -> RepositoryRecord:
    return RepositoryRecord(
        repo_id=row.id,
        project_id=row.project_id,
        name=row.name,
        description=row.description,
        artifact_count=0,
        version=row.version,
        pull_count=row.pull_count,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
    )


async def artifact_counts(reader: Reader, repo_ids: Sequence[int]) -> Mapping[int, int]:
    """Count what the lists of some repositories show (index manifest_listed); 0 is left out."""
    rows = await reader.all(
        """SELECT m.repo_id, COUNT(*) AS total FROM manifest m
           WHERE m.repo_id IN :ids AND m.is_listed = TRUE GROUP BY m.repo_id ORDER BY m.repo_id LIMIT 1000""",
        {"ids": list(repo_ids)},
    )
    return {int(row.repo_id): int(row.total) for row in rows}


async def search(
    reader: Reader, visible: Collection[int] | None, like: str, limit: int
) -> Sequence[FoundRepository]:
    """Find repositories by a part of their name, in order (the unique index on name, walked through)."""
    parameters: dict[str, Value] = {"like": like, "limit": limit}
    where = "r.first_pushed_at IS NOT NULL AND r.name LIKE :like ESCAPE '!'"
    if visible is not None:
        where += " AND r.project_id IN :visible"
        parameters["visible"] = sorted(visible)
    rows = await reader.all(
        f"""SELECT r.project_id, p.name AS project, p.is_public, r.name, r.pull_count,
                   (SELECT COUNT(*) FROM manifest m WHERE m.repo_id = r.id
                    AND m.is_listed = TRUE) AS artifact_count
            FROM repository r JOIN project p ON p.id = r.project_id
            WHERE {where} ORDER BY r.name LIMIT :limit""",  # noqa: S608 - fixed parts
        parameters,
    )
    return [
        FoundRepository(
            project_id=row.project_id,
            project=row.project,
            is_public=bool(row.is_public),
            name=row.name,
            pull_count=row.pull_count,
            artifact_count=row.artifact_count,
        )
        for row in rows
    ]


def tag_record(row: Row) -> TagRecord:
    """Read a tag's row."""
    return TagRecord(
        tag_id=row.id,
        repo_id=row.repo_id,
        artifact_id=row.artifact_id,
        name=row.name,
        pushed_at=from_micros(row.updated_at),
        pulled_at=from_micros(row.pulled_at) if row.pulled_at is not None else None,
    )


async def count_tags(reader: Reader, artifact: ArtifactPlace, like: str) -> int:
    """Count the tags on an artifact (index tag_digest)."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM tag t WHERE t.repo_id = :repo_id AND t.digest = :digest "
        "AND t.name LIKE :like ESCAPE '!'",
        {"repo_id": artifact.repo_id, "digest": artifact.digest, "like": like},
    )
    return int(row.total) if row is not None else 0


async def list_tags(
    reader: Reader, artifact: ArtifactPlace, like: str, page: PageRequest
) -> Sequence[TagRecord]:
    """List one page of an artifact's tags, newest first (index tag_digest)."""
    rows = await reader.all(
        """SELECT t.id, t.repo_id, t.name, t.updated_at, t.pulled_at, :artifact_id AS artifact_id FROM tag t
           WHERE t.repo_id = :repo_id AND t.digest = :digest AND t.name LIKE :like ESCAPE '!'
           ORDER BY t.updated_at DESC, t.id DESC LIMIT :limit OFFSET :offset""",
        {
            "artifact_id": artifact.manifest_id,
            "repo_id": artifact.repo_id,
            "digest": artifact.digest,
            "like": like,
            "limit": page.size,
            "offset": page.offset,
        },
    )
    return [tag_record(row) for row in rows]
