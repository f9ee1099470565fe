"""Reading groups of other systems: list, search, get."""

from havre.access import group_store, store
from havre.access.decide import require_system
from havre.access.errors import GroupUnknown
from havre.access.groups import normal_dn
from havre.access.model import UserGroup
from havre.kernel.actor import Actor
from havre.kernel.errors import Unauthenticated
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database


class UserGroups:
    """Shows groups to those who may see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, actor: Actor, page: PageRequest, name: str = "", dn: str = ""
    ) -> NumberedPage[UserGroup]:
        """List groups whose name contains `name`, or the one with this DN.

        Raises: GroupInvalid (`dn` is none), Unauthenticated, Denied to all but administrators.
        """
        require_system(actor, "user-group", "list")
        return await self._page(page, name, normal_dn(dn) if dn else "")

    async def search(self, actor: Actor, page: PageRequest, name: str) -> NumberedPage[UserGroup]:
        """Find groups to make members of: anybody with an account may.

        Raises: Unauthenticated.
        """
        if not actor.is_authenticated or actor.grants is not None:
            raise Unauthenticated("log in to search for groups")
        return await self._page(page, name, "")

    async def _page(self, page: PageRequest, name: str, key: str) -> NumberedPage[UserGroup]:
        query = group_store.GroupQuery(store.like_pattern(name), key)
        async with self._database.read() as reader:
            total = await group_store.count_groups(reader, query)
            groups = await group_store.groups(reader, query, page.size, page.offset)
        return NumberedPage(groups, total)

    async def get(self, actor: Actor, group_id: int) -> UserGroup:
        """Read one group.

        Raises: GroupUnknown, Unauthenticated, Denied to all but administrators.
        """
        require_system(actor, "user-group", "read")
        async with self._database.read() as reader:
            group = await group_store.group(reader, group_id)
        if group is None:
            raise GroupUnknown(group_id)
        return group
