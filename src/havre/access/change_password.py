"""Changing a password: one's own with the old one, anybody else's as an administrator."""

from havre.access import session_store, store, token_store
from havre.access.decide import require_self_or_system
from havre.access.errors import CredentialsWrong, PasswordRefused, UserUnknown
from havre.access.events import PasswordChanged
from havre.access.login import Login
from havre.access.model import AccountOrigin
from havre.access.passwords import Passwords, check_rule
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.errors import Denied
from havre.kernel.work import Database


class ChangePassword:
    """Sets passwords; refresh tokens, sessions and cached logins fall with the old one."""

    def __init__(self, database: Database, login: Login, passwords: Passwords, clock: Clock) -> None:
        self._database = database
        self._login = login
        self._passwords = passwords
        self._clock = clock

    async def change(self, actor: Actor, user_id: int, new: str, old: str = "") -> None:
        """Set a new password; whoever changes their own gives the old one.

        Raises: UserUnknown, PasswordRefused, Throttled, Unauthenticated, Denied (the old one is wrong).
        """
        require_self_or_system(actor, user_id, "update", f"change the password of user {user_id}")
        check_rule(new)
        if actor.user_id == user_id:
            await self._check_old(actor, old)
            if new == old:
                raise PasswordRefused("the new password is the old one: choose another")
        hashed = await self._passwords.hash(new)
        async with self._database.write() as work:
            user = await store.lock_user(work, user_id)
            if user is None:
                raise UserUnknown(user_id)
            if user.origin is not AccountOrigin.LOCAL:
                raise Denied(f"user {user.username} is known by {user.origin}: change the password there")
            await store.set_password(work, user_id, hashed, self._clock.now())
            await token_store.drop_refresh_tokens(work, user_id)
            await session_store.end_sessions_of(work, user_id)
            await store.raise_epoch(work)
            work.announce(PasswordChanged(actor=actor, resource=user.username))

    async def _check_old(self, actor: Actor, old: str) -> None:
        try:  # through the login: guessing is throttled and written down there
            await self._login.by_password(actor.name, old, actor.origin)
        except CredentialsWrong:
            raise Denied("the current password is wrong") from None
