"""Show and change quotas. What holds pushes to them is quota.py."""

from havre.access import Access, require_system
from havre.access.errors import ProjectUnknown
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.errors import Denied, NotFound, Unauthenticated
from havre.kernel.events import changes_between
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database
from havre.projects import STORAGE_LIMIT, check_storage_limit, set_storage_limit
from havre.registry.errors import QuotaUnknown
from havre.registry.events import QuotaUpdated
from havre.registry.model import ProjectQuota, QuotaFilter
from havre.registry.store import quotas


class Quotas:
    """The limits of projects with what they hold, for administrators; one's own for members."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def list(self, actor: Actor, wanted: QuotaFilter, page: PageRequest) -> NumberedPage[ProjectQuota]:
        """List quotas.

        Raises: Unauthenticated, Denied.
        """
        require_system(actor, "quota", "list")
        async with self._database.read() as reader:
            total = await quotas.count_quotas(reader, wanted)
            found = await quotas.quotas(reader, wanted, page.size, page.offset)
        return NumberedPage(found, total)

    async def get(self, actor: Actor, number: int) -> ProjectQuota:
        """Read a quota by its number, which is the project's.

        Raises: QuotaUnknown, Unauthenticated, Denied.
        """
        require_system(actor, "quota", "read")
        return await self._find(number)

    async def of_project(self, actor: Actor, project: str | int) -> ProjectQuota | None:
        """Read the quota of a project; None for a caller who may not see it.

        Raises: ProjectUnknown.
        """
        try:
            standing = await self._access.require(actor, "quota", "read", project)
        except (Denied, Unauthenticated):
            return None
        try:
            return await self._find(standing.id)
        except NotFound:
            raise ProjectUnknown(project) from None

    async def update(self, actor: Actor, number: int, limit_bytes: int) -> None:
        """Set what a project may hold; -1 lifts the limit. What is there stays, also above it.

        Raises: QuotaUnknown, MetadataInvalid, Unauthenticated, Denied.
        """
        require_system(actor, "quota", "update")
        check_storage_limit(limit_bytes)
        async with self._database.write() as work:
            found = await quotas.lock_limit(work, number)
            if found is None:
                raise QuotaUnknown(number)
            name, before = found
            await set_storage_limit(work, number, limit_bytes, self._clock.now())
            work.announce(
                QuotaUpdated(
                    actor=actor,
                    resource=name,
                    project_id=number,
                    changes=changes_between({STORAGE_LIMIT: before}, {STORAGE_LIMIT: limit_bytes}),
                )
            )

    async def _find(self, number: int) -> ProjectQuota:
        async with self._database.read() as reader:
            found = await quotas.quotas(reader, QuotaFilter(number), 1, 0)
        if not found:
            raise QuotaUnknown(number)
        return found[0]
