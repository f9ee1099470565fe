"""Reading the members of a project."""

from havre.access import store
from havre.access.decide import Access
from havre.access.errors import MemberUnknown
from havre.access.model import Member
from havre.kernel.actor import Actor
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.work import Database


class Members:
    """Shows who is in a project."""

    def __init__(self, database: Database, access: Access) -> None:
        self._database = database
        self._access = access

    async def list(
        self, actor: Actor, project: str | int, page: PageRequest, search: str = ""
    ) -> NumberedPage[Member]:
        """List members whose name contains `search`.

        Raises: ProjectUnknown, Unauthenticated, Denied.
        """
        found = await self._access.require(actor, "member", "list", project)
        pattern = store.like_pattern(search)
        async with self._database.read() as reader:
            total = await store.count_members(reader, found.id, pattern)
            members = await store.members(reader, found.id, pattern, page.size, page.offset)
        return NumberedPage(members, total)

    async def get(self, actor: Actor, project: str | int, member_id: int) -> Member:
        """Read one member.

        Raises: ProjectUnknown, MemberUnknown, Unauthenticated, Denied.
        """
        found = await self._access.require(actor, "member", "read", project)
        async with self._database.read() as reader:
            member = await store.member(reader, found.id, member_id)
        if member is None:
            raise MemberUnknown(member_id, found.name)
        return member
