"""All SQL of projects and their metadata."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from havre.access import ROLE_MASK, roles_of
from havre.kernel.clock import from_micros, to_micros
from havre.kernel.pages import Stretch
from havre.kernel.patterns import containing
from havre.kernel.work import Parameters, Reader, Row, Value, Work
from havre.projects.metadata import PUBLIC, STORAGE_LIMIT
from havre.projects.model import NewProject, Project, ProjectFilter

# A repository that only uploads made is none yet (first_pushed_at).
_PROJECT: Final = f"""
SELECT project.id, project.name, project.is_public, project.owner_id, project.owner_name,
       project.created_at, project.updated_at, project.registry_id, {ROLE_MASK} AS roles,
       COALESCE((SELECT limit_bytes FROM project_quota
                 WHERE project_quota.project_id = project.id), -1) AS limit_bytes,
       (SELECT COUNT(*) FROM repository
        WHERE repository.project_id = project.id AND repository.first_pushed_at IS NOT NULL) AS repo_count
FROM project
"""  # noqa: S608 - constant fragments
_ORDERS: Final = {
    "name": "project.name",
    "creation_time": "project.created_at",
    "update_time": "project.updated_at",
    "project_id": "project.id",
}


async def project(reader: Reader, project_id: int, user_id: int | None) -> Project | None:
    """Read one project with its metadata and the user's role."""
    statement = f"{_PROJECT} WHERE project.id = :id"
    row = await reader.first(statement, {"account": user_id or 0, "id": project_id})
    if row is None:
        return None
    return (await _with_metadata(reader, [_project(row)]))[0]


async def exists(reader: Reader, name: str) -> bool:
    """Tell whether the name is taken."""
    return await reader.first("SELECT id FROM project WHERE name = :name", {"name": name}) is not None


class Query:
    """The WHERE of a list: the caller's visibility and the filter."""

    def __init__(
        self, wanted: ProjectFilter, user_id: int | None, also: Sequence[int], *, sees_all: bool
    ) -> None:
        conditions = ["project.name LIKE :pattern ESCAPE '!'"]
        pattern = containing(wanted.name.lower())
        self.parameters: dict[str, Value] = {"account": user_id or 0, "pattern": pattern}
        if not sees_all:
            conditions.append(f"(project.is_public OR {ROLE_MASK} > 0 OR project.id IN :also)")
            self.parameters["also"] = list(also) or [0]  # an empty list is no SQL
        if wanted.is_public is not None:
            conditions.append("project.is_public = :public")
            self.parameters["public"] = wanted.is_public
        if wanted.owner:
            conditions.append("project.owner_name = :owner")
            self.parameters["owner"] = wanted.owner
        self.where = " WHERE " + " AND ".join(conditions)
        self.order = _order_by(wanted.sort)


def _order_by(sort: str | None) -> str:
    word = (sort or "").strip()
    column = _ORDERS.get(word.lstrip("-+"), "project.name")
    return f"{column} DESC, project.id" if word.startswith("-") else f"{column}, project.id"


async def count_projects(reader: Reader, query: Query) -> int:
    """Count the projects of a list."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM project" + query.where,  # noqa: S608 - constant fragments
        query.parameters,
    )
    return 0 if row is None else int(row.total)


async def projects(reader: Reader, query: Query, place: Stretch) -> Sequence[Project]:
    """List projects; they are few (thousands), so only the name's own index serves the order.

    The page is found first, from the nearer end: what a project holds is counted for its rows alone.
    """
    parameters: Parameters = {**query.parameters, "limit": place.limit, "offset": place.offset}
    page = f"""SELECT project.id AS found FROM project{query.where}
               ORDER BY {place.walk(query.order)} LIMIT :limit OFFSET :offset"""  # noqa: S608 - constant fragments
    rows = await reader.all(
        f"{_PROJECT} JOIN ({page}) AS page ON project.id = page.found ORDER BY {query.order}", parameters
    )
    return await _with_metadata(reader, [_project(row) for row in rows])


async def add_project(
    work: Work, name: str, owner: tuple[int | None, str], at: datetime, new: NewProject
) -> int | None:
    """Insert a project and return its number; None when the name is taken."""
    owner_id, owner_name = owner
    row = await work.first(
        """
        INSERT INTO project (name, is_public, owner_id, owner_name, created_at, updated_at, registry_id)
        VALUES (:name, :is_public, :owner_id, :owner_name, :created, :updated, :registry_id)
        ON CONFLICT (name) DO NOTHING
        RETURNING id
        """,
        {
            "name": name,
            "is_public": new.is_public,
            "registry_id": new.registry_id,
            "owner_id": owner_id,
            "owner_name": owner_name,
            "created": to_micros(at),
            "updated": to_micros(at),
        },
    )
    return None if row is None else int(row.id)


async def hold_registry(work: Work, registry_id: int) -> bool:
    """Keep another registry from being forgotten before the commit; False when there is none."""
    row = await work.first("SELECT id FROM endpoint WHERE id = :id FOR KEY SHARE", {"id": registry_id})
    return row is not None


async def lock_project(work: Work, project_id: int) -> bool:
    """Keep others from changing the project or adding to it until the end; False when it is gone."""
    return (
        await work.first("SELECT id FROM project WHERE id = :id FOR UPDATE", {"id": project_id}) is not None
    )


async def values(reader: Reader, project_id: int) -> Mapping[str, str]:
    """Read what an update may change, by name: the metadata, the storage limit and `public`."""
    rows = await reader.all(
        """SELECT name, value FROM project_metadata WHERE project_id = :id
           UNION ALL
           SELECT CAST(:limit AS TEXT), CAST(limit_bytes AS TEXT) FROM project_quota
           WHERE project_id = :id AND limit_bytes >= 0
           UNION ALL
           SELECT CAST(:public AS TEXT), CASE WHEN is_public THEN 'true' ELSE 'false' END
           FROM project WHERE id = :id""",
        {"id": project_id, "public": PUBLIC, "limit": STORAGE_LIMIT},
    )
    return {row.name: row.value for row in rows}


async def set_public(work: Work, project_id: int, *, is_public: bool) -> None:
    """Write whether everybody may look."""
    await work.run(
        "UPDATE project SET is_public = :is_public WHERE id = :id",
        {"is_public": is_public, "id": project_id},
    )


async def touch(work: Work, project_id: int, at: datetime) -> None:
    """Write when the project changed."""
    await work.run(
        "UPDATE project SET updated_at = :at WHERE id = :id", {"at": to_micros(at), "id": project_id}
    )


async def set_metadata(work: Work, project_id: int, metadata: Mapping[str, str]) -> None:
    """Write some metadata keys; the others stay."""
    if metadata:
        await work.run_many(
            """
            INSERT INTO project_metadata (project_id, name, value) VALUES (:project, :name, :value)
            ON CONFLICT (project_id, name) DO UPDATE SET value = excluded.value
            """,
            [{"project": project_id, "name": name, "value": value} for name, value in metadata.items()],
        )


async def set_storage_limit(work: Work, project_id: int, limit_bytes: int, at: datetime) -> None:
    """Write what a project may hold; -1 is no limit."""
    await work.run(
        """INSERT INTO project_quota (project_id, limit_bytes, created_at, updated_at)
           VALUES (:project, :limit, :at, :at)
           ON CONFLICT (project_id) DO UPDATE
           SET limit_bytes = excluded.limit_bytes, updated_at = excluded.updated_at""",
        {"project": project_id, "limit": limit_bytes, "at": to_micros(at)},
    )


async def remove_metadata(work: Work, project_id: int, name: str) -> None:
    """Unset a metadata key."""
    await work.run(
        "DELETE FROM project_metadata WHERE project_id = :id AND name = :name",
        {"id": project_id, "name": name},
    )


async def count_repositories(reader: Reader, project_id: int) -> int:
    """Count the repositories that anybody can see (index repository_project)."""
    row = await reader.first(
        "SELECT COUNT(*) AS total FROM repository WHERE project_id = :id AND first_pushed_at IS NOT NULL",
        {"id": project_id},
    )
    return 0 if row is None else int(row.total)


async def delete_unpushed(work: Work, project_id: int) -> None:
    """Remove repositories that only uploads made; their bytes are in the trash or the queue already."""
    await work.run(
        "DELETE FROM repository WHERE project_id = :id AND first_pushed_at IS NULL", {"id": project_id}
    )


async def delete_project(work: Work, project_id: int) -> None:
    """Remove a project with its members and metadata."""
    await work.run("DELETE FROM project WHERE id = :id", {"id": project_id})


async def is_marked(reader: Reader, name: str) -> bool:
    """Tell whether something that happens once has happened."""
    return await reader.first("SELECT value FROM setting WHERE name = :name", {"name": name}) is not None


async def mark(work: Work, name: str) -> bool:
    """Note that something happened that happens once; False when it had before."""
    touched = await work.run(
        "INSERT INTO setting (name, value) VALUES (:name, 'yes') ON CONFLICT (name) DO NOTHING",
        {"name": name},
    )
    return touched == 1


async def _with_metadata(reader: Reader, found: Sequence[Project]) -> Sequence[Project]:
    if not found:
        return found
    rows = await reader.all(
        "SELECT project_id, name, value FROM project_metadata WHERE project_id IN :ids ORDER BY name",
        {"ids": [project.id for project in found]},
    )
    metadata: dict[int, dict[str, str]] = {}
    for row in rows:
        metadata.setdefault(row.project_id, {})[row.name] = row.value
    return [replace(project, metadata=metadata.get(project.id, {})) for project in found]


def _project(row: Row) -> Project:
    return Project(
        id=row.id,
        name=row.name,
        is_public=bool(row.is_public),
        owner_id=row.owner_id,
        owner_name=row.owner_name,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
        registry_id=row.registry_id,
        repo_count=row.repo_count,
        storage_limit_bytes=row.limit_bytes,
        roles=roles_of(row.roles),
    )
