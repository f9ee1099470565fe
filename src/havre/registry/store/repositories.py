"""Rows of `repository`."""

from havre.kernel.actor import Actor, ActorKind
from havre.kernel.names import RepositoryName
from havre.kernel.work import Reader, Work
from havre.registry.errors import ProjectIsProxy


async def project_id_of(reader: Reader, repository: RepositoryName) -> int | None:
    """Find the project that a repository name belongs to."""
    row = await reader.first("SELECT id FROM project WHERE name = :name", {"name": repository.project})
    return None if row is None else int(row.id)


async def project_for_push(work: Reader, repository: RepositoryName, actor: Actor) -> int | None:
    """Find the project that something is brought to.

    Raises: ProjectIsProxy when it stands in front of another registry and the instance itself does not do it.
    """
    row = await work.first(
        "SELECT id, registry_id FROM project WHERE name = :name", {"name": repository.project}
    )
    if row is None:
        return None
    if row.registry_id is not None and actor.kind is not ActorKind.SYSTEM:
        raise ProjectIsProxy(repository.project)
    return int(row.id)


async def repository_id(reader: Reader, repository: RepositoryName) -> int | None:
    """Find a repository's id, also of one that nothing was pushed to yet."""
    row = await reader.first("SELECT id FROM repository WHERE name = :name", {"name": repository.text})
    return None if row is None else int(row.id)


async def ensure_repository(work: Work, project_id: int, repository: RepositoryName, now: int) -> int:
    """Return the repository's id, adding the row when it is new."""
    found = await repository_id(work, repository)
    if found is not None:
        return found
    await work.run(
        """INSERT INTO repository (project_id, name, created_at, updated_at)
           VALUES (:project_id, :name, :now, :now) ON CONFLICT (name) DO NOTHING""",
        {"project_id": project_id, "name": repository.text, "now": now},
    )
    found = await repository_id(work, repository)
    assert found is not None
    return found


async def mark_pushed(work: Work, repo_id: int, now: int) -> bool:
    """Note a push; True when it was the first, which makes the repository visible."""
    first = await work.run(
        "UPDATE repository SET first_pushed_at = :now, updated_at = :now, version = version + 1 "
        "WHERE id = :id AND first_pushed_at IS NULL",
        {"id": repo_id, "now": now},
    )
    return first == 1


async def touch(work: Work, repo_id: int, now: int) -> None:
    """Note that the repository's content changed; `version` rises, so that counts are made again."""
    await work.run(
        "UPDATE repository SET updated_at = :now, version = version + 1 WHERE id = :id",
        {"id": repo_id, "now": now},
    )


async def note_change(work: Work, repo_id: int) -> None:
    """Let counts be made again after a change that nobody made: a collection."""
    await work.run("UPDATE repository SET version = version + 1 WHERE id = :id", {"id": repo_id})


async def description_of(reader: Reader, repo_id: int) -> str:
    """Read what a repository says about itself."""
    row = await reader.first("SELECT description FROM repository WHERE id = :id", {"id": repo_id})
    return "" if row is None else str(row.description)


async def describe(work: Work, repo_id: int, description: str, now: int) -> None:
    """Write what a repository says about itself."""
    await work.run(
        "UPDATE repository SET description = :description, updated_at = :now WHERE id = :id",
        {"id": repo_id, "description": description, "now": now},
    )
