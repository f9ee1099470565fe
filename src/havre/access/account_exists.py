"""Telling whether a name or an address is taken, for the sign-up form."""

from havre.access import store
from havre.access.errors import SignUpClosed
from havre.access.ports import RulesNow, default_rules
from havre.kernel.actor import Actor
from havre.kernel.work import Database


class AccountExists:
    """Answers administrators, and everybody where people may sign up."""

    def __init__(self, database: Database, rules: RulesNow = default_rules) -> None:
        self._database = database
        self._rules = rules

    async def by_name(self, actor: Actor, username: str) -> bool:
        """Look for a user name.

        Raises: SignUpClosed.
        """
        await self._check(actor)
        async with self._database.read() as reader:
            return await store.user_by_name(reader, username) is not None

    async def by_email(self, actor: Actor, email: str) -> bool:
        """Look for an e-mail address.

        Raises: SignUpClosed.
        """
        await self._check(actor)
        async with self._database.read() as reader:
            return bool(email) and await store.email_taken(reader, email, 0)

    async def _check(self, actor: Actor) -> None:
        if not actor.is_admin and not (await self._rules()).may_sign_up:
            raise SignUpClosed
