"""Changing an account: the profile, and the flag of a system administrator."""

from dataclasses import replace

from havre.access import store
from havre.access.decide import require_self_or_system, require_system
from havre.access.errors import AdminKept, UserExists, UserUnknown
from havre.access.events import AdminChanged, UserUpdated
from havre.access.model import FIRST_ADMIN_ID, User
from havre.access.profile import Profile, check_profile, shown_profile
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import changes_between
from havre.kernel.work import Database


class UpdateUser:
    """Changes what an account says, and who administers the instance."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def profile(self, actor: Actor, user_id: int, profile: Profile) -> User:
        """Write the address, the real name and the comment.

        Raises: UserUnknown, UserExists (the address is taken), ProfileInvalid, Unauthenticated, Denied.
        """
        require_self_or_system(actor, user_id, "update", f"change user {user_id}")
        checked = check_profile(profile)
        async with self._database.write() as work:
            user = await store.lock_user(work, user_id)
            if user is None:
                raise UserUnknown(user_id)
            if checked.email and await store.email_taken(work, checked.email, user_id):
                raise UserExists(f"the e-mail address {checked.email} is taken")
            changed = replace(
                user,
                email=checked.email or None,
                realname=checked.realname,
                comment=checked.comment,
                updated_at=self._clock.now(),
            )
            await store.set_profile(work, changed)
            await store.raise_epoch(work)
            changes = changes_between(shown_profile(user), shown_profile(changed))
            work.announce(UserUpdated(actor=actor, resource=user.username, changes=changes))
        return changed

    async def admin_flag(self, actor: Actor, user_id: int, *, is_admin: bool) -> None:
        """Make somebody a system administrator, or no longer.

        Raises: UserUnknown, AdminKept, Unauthenticated, Denied.
        """
        require_system(actor, "user", "update")
        async with self._database.write() as work:
            admins = await store.lock_admins(work)
            user = await store.user_by_id(work, user_id)
            if user is None:
                raise UserUnknown(user_id)
            if not is_admin:
                check_dispensable(user, admins)
            await store.set_admin(work, user_id, self._clock.now(), is_admin=is_admin)
            await store.raise_epoch(work)
            changes = changes_between({"is_admin": user.is_appointed}, {"is_admin": is_admin})
            work.announce(
                AdminChanged(actor=actor, resource=user.username, is_admin=is_admin, changes=changes)
            )


def check_dispensable(user: User, admins: frozenset[int]) -> None:
    """Refuse to lose the first administrator or the last one.

    Raises: AdminKept.
    """
    if user.id == FIRST_ADMIN_ID:
        raise AdminKept(f"user {user.username} is the instance's first administrator and stays so")
    if admins == {user.id}:
        raise AdminKept(f"user {user.username} is the last administrator: appoint another one first")
