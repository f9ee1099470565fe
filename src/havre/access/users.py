"""Reading accounts: list, search, get, current. Changing them has a module for each verb."""

from dataclasses import dataclass
from typing import Final

from havre.access import store
from havre.access.decide import may_on_instance, refusal, require_self_or_system, require_system
from havre.access.errors import UserUnknown
from havre.access.model import User
from havre.kernel.actor import Actor
from havre.kernel.errors import Unauthenticated
from havre.kernel.pages import NumberedPage, PageRequest
from havre.kernel.patterns import containing, exactly
from havre.kernel.work import Database


@dataclass(frozen=True, slots=True)
class UserSearch:
    """A name or address, or a part of one."""

    text: str = ""
    is_exact: bool = False


_ANYBODY: Final = UserSearch()


class Users:
    """Shows accounts to those who may see them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self, actor: Actor, page: PageRequest, search: UserSearch = _ANYBODY, sort: str | None = None
    ) -> NumberedPage[User]:
        """List accounts by name or address, or a part of one; `sort` is a word such as `-username`.

        Raises: Unauthenticated, Denied to all but administrators.
        """
        require_system(actor, "user", "list")
        text = search.text.lower()
        return await self._page(page, exactly(text) if search.is_exact else containing(text), sort)

    async def search(self, actor: Actor, page: PageRequest, search: str) -> NumberedPage[User]:
        """Find people to make members of; the caller shows names alone.

        Anybody with an account may, and a robot that may list users.

        Raises: Unauthenticated.
        """
        if not actor.is_authenticated or actor.grants is not None:
            raise Unauthenticated("log in to search for users")
        if actor.robot is not None and not may_on_instance(actor, "user", "list"):
            raise refusal(actor, "search for users")
        return await self._page(page, store.like_pattern(search), "username")

    async def _page(self, page: PageRequest, pattern: str, sort: str | None) -> NumberedPage[User]:
        async with self._database.read() as reader:
            total = await store.count_users(reader, pattern)
            order = store.order_by(sort)
            users = await store.users(reader, pattern, order, page.size, page.offset)
        return NumberedPage(users, total)

    async def get(self, actor: Actor, user_id: int) -> User:
        """Read one account: one's own, or any for an administrator.

        Raises: UserUnknown, Unauthenticated, Denied.
        """
        require_self_or_system(actor, user_id, "read", f"see user {user_id}")
        return await self._read(user_id)

    async def current(self, actor: Actor) -> User:
        """Read the caller's own account.

        Raises: Unauthenticated.
        """
        if actor.user_id is None:
            raise refusal(actor, "see an own account")
        return await self._read(actor.user_id)

    async def _read(self, user_id: int) -> User:
        async with self._database.read() as reader:
            user = await store.user_by_id(reader, user_id)
        if user is None:
            raise UserUnknown(user_id)
        return user
