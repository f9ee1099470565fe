"""Search the journal: of one project for its administrators, of the whole instance for the system's."""

from havre.access import Access, may_on_instance
from havre.audit.count import Counts
from havre.audit.model import AuditFilters, AuditRecord
from havre.audit.store import events as store
from havre.kernel.actor import Actor
from havre.kernel.errors import Denied, Unauthenticated
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database


class Search:
    """Reads the journal."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access
        self._counts = Counts()

    async def everywhere(
        self, actor: Actor, filters: AuditFilters, page: PageRequest
    ) -> NumberedPage[AuditRecord]:
        """Search every project that the caller may read the log of; administrators see all.

        Raises: Unauthenticated, Denied.
        """
        if not actor.is_authenticated:
            raise Unauthenticated("log in to read the audit log")
        if actor.grants is not None:
            raise Denied("a registry token does not read the audit log; use a password")
        sees_all = may_on_instance(actor, "audit-log", "list")
        projects = None if sees_all else sorted(await self._access.logged_projects(actor))
        if projects is not None and not projects:
            return NumberedPage([], 0)
        return await self._page(filters, projects, None, page)

    async def in_project(
        self, actor: Actor, project: str, filters: AuditFilters, page: PageRequest
    ) -> NumberedPage[AuditRecord]:
        """Search one project.

        Raises: the refusals of Access.
        """
        standing = await self._access.require(actor, "log", "list", project)
        return await self._page(filters, None, standing.id, page)

    async def _page(
        self, filters: AuditFilters, projects: list[int] | None, project_id: int | None, page: PageRequest
    ) -> NumberedPage[AuditRecord]:
        where, parameters = store.conditions(filters, projects, project_id)
        order = "ASC" if filters.is_oldest_first else "DESC"
        async with self._database.read() as reader:
            counted = await self._counts.count(reader, where, parameters)
            route = counted.bookmarks.route(page, counted.total, is_oldest_first=filters.is_oldest_first)
            if route.limit == 0:
                return NumberedPage([], counted.total)
            found = await store.list_events(reader, where, parameters, order, route)
        if self._counts.is_current(counted):
            counted.bookmarks.learn(route, found)
        return NumberedPage(found, counted.total)
