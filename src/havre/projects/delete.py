"""Deleting a project."""

from havre.access import Access, raise_epoch
from havre.kernel.actor import Actor
from havre.kernel.work import Database
from havre.projects import store
from havre.projects.errors import ProjectInUse, ProjectUnknown
from havre.projects.events import ProjectDeleted


class DeleteProject:
    """Removes empty projects."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def delete(self, actor: Actor, project: str | int) -> None:
        """Remove a project that holds no repository.

        Raises: ProjectUnknown, ProjectInUse, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "project", "delete", project)
        async with self._database.write() as work:
            if not await store.lock_project(work, standing.id):
                raise ProjectUnknown(project)
            repositories = await store.count_repositories(work, standing.id)
            if repositories:
                raise ProjectInUse(standing.name, repositories)
            await store.delete_unpushed(work, standing.id)
            await store.delete_project(work, standing.id)
            await raise_epoch(work)
            work.announce(ProjectDeleted(actor=actor, resource=standing.name, project_id=standing.id))
