"""All SQL of the statistics. Projects are few (thousands); the bytes are one pass over `blob`."""

from collections.abc import Mapping, Sequence

from havre.kernel.work import Reader, Row


async def count_projects(reader: Reader, ids: Sequence[int] | None) -> Mapping[bool, int]:
    """Count public and other projects among these, or among all."""
    if ids is None:
        rows = await reader.all("SELECT is_public, COUNT(*) AS total FROM project GROUP BY is_public")
    else:
        rows = await reader.all(
            "SELECT is_public, COUNT(*) AS total FROM project WHERE id IN :ids GROUP BY is_public",
            {"ids": list(ids)},
        )
    return _by_visibility(rows)


async def count_repositories(reader: Reader, ids: Sequence[int] | None) -> Mapping[bool, int]:
    """Count the repositories of public and of other projects (index repository_project)."""
    counted = """
        SELECT project.is_public, COUNT(*) AS total
        FROM repository JOIN project ON project.id = repository.project_id
        WHERE repository.first_pushed_at IS NOT NULL
    """
    if ids is None:
        rows = await reader.all(f"{counted} GROUP BY project.is_public")
    else:
        rows = await reader.all(
            f"{counted} AND project.id IN :ids GROUP BY project.is_public", {"ids": list(ids)}
        )
    return _by_visibility(rows)


async def blob_bytes(reader: Reader) -> int:
    """Add up the bytes of all blobs, each once."""
    row = await reader.first("SELECT COALESCE(SUM(size), 0) AS total FROM blob")
    return 0 if row is None else int(row.total)


def _by_visibility(rows: Sequence[Row]) -> Mapping[bool, int]:
    counts = {False: 0, True: 0}
    counts.update((bool(row.is_public), int(row.total)) for row in rows)
    return counts
