"""Reading projects: list, get, exists, deletable."""

from collections.abc import Sequence
from dataclasses import replace

from havre.access import Access, may_on_instance
from havre.kernel.actor import Actor
from havre.kernel.pages import NumberedPage, PageRequest, Stretch
from havre.kernel.work import Database
from havre.projects import allowlist_store, store
from havre.projects.allowlists import REUSE
from havre.projects.errors import ProjectInUse, ProjectUnknown
from havre.projects.model import Deletable, Project, ProjectFilter


class Projects:
    """Shows projects to those who may see them."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def list(self, actor: Actor, wanted: ProjectFilter, page: PageRequest) -> NumberedPage[Project]:
        """List the projects that the caller may see: public ones, one's own, all for an administrator.

        A robot sees those where it may do anything.
        """
        query = store.Query(wanted, actor.user_id, _robot_projects(actor), sees_all=_sees_all(actor))
        async with self._database.read() as reader:
            total = await store.count_projects(reader, query)
            found = await store.projects(reader, query, page.within(total))
        return NumberedPage(found, total)

    async def get(self, actor: Actor, project: str | int) -> Project:
        """Read a project by name or number.

        Raises: ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "project", "read", project)
        async with self._database.read() as reader:
            found = await store.project(reader, standing.id, actor.user_id)
            if found is None:
                raise ProjectUnknown(project)
            own = await allowlist_store.of_project(reader, standing.id)
            instance = await allowlist_store.of_instance(reader)
        # As Harbor does: the list in force under the project's number.
        shared = replace(instance, project_id=found.id)
        return replace(found, allowlist=shared if found.metadata.get(REUSE) == "true" else own)

    async def exists(self, actor: Actor, name: str) -> bool:
        """Tell whether a project's name is taken; without an account only public projects exist."""
        if not actor.is_authenticated:
            wanted = ProjectFilter(name=name, is_public=True)
            query = store.Query(wanted, None, (), sees_all=False)
            async with self._database.read() as reader:
                found = await store.projects(reader, query, Stretch(100, 0, is_from_end=False))
            return any(project.name == name for project in found)
        async with self._database.read() as reader:
            return await store.exists(reader, name)

    async def deletable(self, actor: Actor, project: str | int) -> Deletable:
        """Tell whether the project could be deleted now.

        Raises: ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "project", "delete", project)
        async with self._database.read() as reader:
            repositories = await store.count_repositories(reader, standing.id)
        if repositories:
            return Deletable(False, str(ProjectInUse(standing.name, repositories)))
        return Deletable(True)


def _sees_all(actor: Actor) -> bool:
    if actor.robot is not None and actor.robot.in_every_project:
        return True
    return may_on_instance(actor, "project", "list")


def _robot_projects(actor: Actor) -> Sequence[int]:
    return () if actor.robot is None else sorted(actor.robot.in_projects)
