"""All SQL of quotas: limits (`project_quota`), and what projects hold, counted from the rows of content.

A blob counts once in a project however many of its repositories hold it, and so does a manifest.
"""

from collections.abc import Sequence
from typing import Final

from havre.kernel.clock import from_micros
from havre.kernel.work import Database, Reader, Value, Work
from havre.registry.model import LimitedProject, ProjectQuota, QuotaFilter

# Indexes repository_project and manifest_of_project, primary keys of repo_blob and blob.
_USED: Final = """
CAST(COALESCE((SELECT SUM(b.size) FROM blob b WHERE b.digest IN (
         SELECT rb.digest FROM repo_blob rb JOIN repository r ON r.id = rb.repo_id
         WHERE r.project_id = q.id)), 0)
   + COALESCE((SELECT SUM(d.size) FROM (
         SELECT DISTINCT m.digest, m.size FROM manifest m WHERE m.project_id = q.id) d), 0) AS BIGINT)
"""
_LIMITS: Final = """
SELECT p.id, p.name, p.owner_name, COALESCE(l.limit_bytes, -1) AS limit_bytes,
       COALESCE(l.created_at, p.created_at) AS created_at, COALESCE(l.updated_at, p.updated_at) AS updated_at
FROM project p LEFT JOIN project_quota l ON l.project_id = p.id
"""
_ORDERS: Final = {
    "": "q.id",
    "hard.storage": "q.limit_bytes, q.id",
    "-hard.storage": "q.limit_bytes DESC, q.id",
    "used.storage": "used_bytes, q.id",
    "-used.storage": "used_bytes DESC, q.id",
}


async def limited(database: Database, project: str) -> LimitedProject | None:
    """Find a project that has a limit: the hot read of every push (unique key)."""
    row = await database.hot(
        """SELECT p.id, l.limit_bytes, l.told FROM project p JOIN project_quota l ON l.project_id = p.id
           WHERE p.name = :name AND l.limit_bytes >= 0""",
        {"name": project},
    )
    return None if row is None else LimitedProject(row[0], project, row[1], row[2])


async def used_bytes(reader: Reader, project_id: int) -> int:
    """Count what a project holds; one pass over its content."""
    row = await reader.first(
        f"SELECT {_USED} AS used_bytes FROM project q WHERE q.id = :id",  # noqa: S608 - constant fragments
        {"id": project_id},
    )
    return 0 if row is None else int(row.used_bytes)


async def largest_blob(reader: Reader, project_id: int) -> int:
    """Tell the size of the largest blob that a project holds (index repository_project, primary keys)."""
    row = await reader.first(
        """SELECT COALESCE(MAX(b.size), 0) AS largest FROM repository r
           JOIN repo_blob rb ON rb.repo_id = r.id JOIN blob b ON b.digest = rb.digest
           WHERE r.project_id = :id""",
        {"id": project_id},
    )
    return 0 if row is None else int(row.largest)


async def held(reader: Reader, project_id: int, digests: Sequence[str]) -> set[str]:
    """Tell which of these the project holds already (indexes repo_blob_digest, manifest_of_project)."""
    rows = await reader.all(
        """SELECT rb.digest FROM repo_blob rb JOIN repository r ON r.id = rb.repo_id
           WHERE rb.digest IN :digests AND r.project_id = :id
           UNION
           SELECT m.digest FROM manifest m JOIN repository r ON r.id = m.repo_id
           WHERE m.digest IN :digests AND r.project_id = :id""",
        {"digests": list(digests), "id": project_id},
    )
    return {str(row.digest) for row in rows}


async def count_quotas(reader: Reader, wanted: QuotaFilter) -> int:
    """Count the quotas of a list: every project has one."""
    if wanted.project_id is None:
        row = await reader.first("SELECT COUNT(*) AS total FROM project")
    else:
        row = await reader.first(
            "SELECT COUNT(*) AS total FROM project WHERE id = :id", {"id": wanted.project_id}
        )
    return 0 if row is None else int(row.total)


async def quotas(reader: Reader, wanted: QuotaFilter, limit: int, offset: int) -> Sequence[ProjectQuota]:
    """List quotas by number of the project, or as `sort` says; projects are few (thousands).

    What is used is counted for the projects of the page alone, unless the order asks for all.
    """
    parameters: dict[str, Value] = {"limit": limit, "offset": offset}
    where, order = "", _ORDERS[wanted.sort]
    if wanted.project_id is not None:
        where = " WHERE p.id = :id"
        parameters["id"] = wanted.project_id
    page = f" ORDER BY {order} LIMIT :limit OFFSET :offset"
    listed = f"({_LIMITS}{where}) q"
    if "used" not in wanted.sort:
        listed = f"(SELECT q.* FROM {listed}{page}) q"  # noqa: S608 - constant fragments
        page = f" ORDER BY {order}"
    rows = await reader.all(
        f"SELECT q.*, {_USED} AS used_bytes FROM {listed}{page}",  # noqa: S608 - constant fragments
        parameters,
    )
    return [
        ProjectQuota(
            project_id=row.id,
            project=row.name,
            owner=row.owner_name,
            limit_bytes=row.limit_bytes,
            used_bytes=int(row.used_bytes),
            created_at=from_micros(row.created_at),
            updated_at=from_micros(row.updated_at),
        )
        for row in rows
    ]


async def lock_limit(work: Work, project_id: int) -> tuple[str, int] | None:
    """Read (name, limit) of a project and keep others from changing it; None when there is no project."""
    row = await work.first("SELECT name FROM project WHERE id = :id FOR KEY SHARE", {"id": project_id})
    if row is None:
        return None
    limit = await work.first(
        "SELECT limit_bytes FROM project_quota WHERE project_id = :id FOR UPDATE", {"id": project_id}
    )
    return str(row.name), -1 if limit is None else int(limit.limit_bytes)


async def set_told(work: Work, project_id: int, before: int, after: int) -> bool:
    """Note what was told; False when somebody else was faster."""
    changed = await work.run(
        "UPDATE project_quota SET told = :after WHERE project_id = :id AND told = :before",
        {"id": project_id, "before": before, "after": after},
    )
    return changed == 1
