"""Rows of `repository`."""

from collections.abc import Sequence
from typing import Final

from havre.kernel.actor import Actor, ActorKind
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName
from havre.kernel.work import Reader, Work
from havre.registry.errors import ProjectIsProxy


async def project_id_of(reader: Reader, repository: RepositoryName) -> int | None:
    """Find the project that a repository name belongs to."""
    row = await reader.first("SELECT id FROM project WHERE name = :name", {"name": repository.project})
    return None if row is None else int(row.id)


async def project_for_push(work: Work, repository: RepositoryName, actor: Actor) -> int | None:
    """Find the project that something is brought to; it is not deleted before the commit.

    Raises: ProjectIsProxy when it stands in front of another registry and the instance itself does not do it.
    """
    row = await work.first(
        "SELECT id, registry_id FROM project WHERE name = :name FOR KEY SHARE", {"name": repository.project}
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
    """Return the repository's id, adding the row when it is new; it is not deleted before the commit.

    Others bring blobs meanwhile, and one may change what the repository lists.
    """
    while (found := await _first_id(work, _KEPT, repository)) is None:
        await _add_repository(work, project_id, repository, now)
    return found


async def open_for_change(work: Work, project_id: int, repository: RepositoryName, now: int) -> int:
    """Return the repository's id as `lock` does, adding the row when it is new."""
    while (found := await lock(work, repository)) is None:
        await _add_repository(work, project_id, repository, now)
    return found


async def lock(work: Work, repository: RepositoryName) -> int | None:
    """Return a repository's id; nobody else changes its manifests and tags before the commit.

    The first lock of every transaction that does (store/queue.py). Blobs still come.
    """
    return await _first_id(work, _LOCKED, repository)


async def lock_to_delete(work: Work, repository: RepositoryName) -> None:
    """Lock a repository as `lock` does, against blobs too."""
    await _first_id(work, "SELECT id FROM repository WHERE name = :name FOR UPDATE", repository)


async def lock_by_id(work: Work, repo_id: int) -> bool:
    """Lock a repository as `lock` does; False when it is gone."""
    row = await work.first("SELECT id FROM repository WHERE id = :id FOR NO KEY UPDATE", {"id": repo_id})
    return row is not None


async def lock_all(work: Work, names: Sequence[str]) -> None:
    """Lock several repositories, by name: who wants more than one takes them here."""
    await work.all(
        "SELECT id FROM repository WHERE name IN :names ORDER BY name FOR NO KEY UPDATE",
        {"names": list(names)},
    )


async def lock_for_blob(work: Work, repo_id: int, digest: Digest) -> bool:
    """Keep a repository that gets a blob from being deleted before the commit; False when it is gone.

    Where a manifest waits for the blob already, the repository is locked as for every change of one.
    """
    row = await work.first(
        """SELECT EXISTS (SELECT 1 FROM manifest_ref WHERE repo_id = :id AND child = :digest AND blob IS NULL
                          AND kind IN ('config', 'layer')) AS is_awaited
           FROM repository r WHERE r.id = :id FOR KEY SHARE OF r""",
        {"id": repo_id, "digest": str(digest)},
    )
    return row is not None and (not row.is_awaited or await lock_by_id(work, repo_id))


_KEPT: Final = "SELECT id FROM repository WHERE name = :name FOR KEY SHARE"
_LOCKED: Final = "SELECT id FROM repository WHERE name = :name FOR NO KEY UPDATE"


async def _first_id(work: Work, statement: str, repository: RepositoryName) -> int | None:
    row = await work.first(statement, {"name": repository.text})
    return None if row is None else int(row.id)


async def _add_repository(work: Work, project_id: int, repository: RepositoryName, now: int) -> None:
    await work.run(
        """INSERT INTO repository (project_id, name, created_at, updated_at)
           VALUES (:project_id, :name, :now, :now) ON CONFLICT (name) DO NOTHING""",
        {"project_id": project_id, "name": repository.text, "now": now},
    )


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
