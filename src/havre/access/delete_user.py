"""Deleting an account."""

from havre.access import store
from havre.access.decide import require_system
from havre.access.errors import AdminKept, UserUnknown
from havre.access.events import UserDeleted
from havre.access.update_user import check_dispensable
from havre.kernel.actor import Actor
from havre.kernel.work import Database


class DeleteUser:
    """Removes accounts with their memberships and tokens; what they did stays in the journal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def delete(self, actor: Actor, user_id: int) -> None:
        """Remove an account; it loses access with the next request.

        Raises: UserUnknown, AdminKept, Unauthenticated, Denied.
        """
        require_system(actor, "user", "delete")
        async with self._database.write() as work:
            admins = await store.lock_admins(work)
            user = await store.lock_user(work, user_id)
            if user is None:
                raise UserUnknown(user_id)
            if user.id == actor.user_id:
                raise AdminKept("nobody deletes their own account: ask another administrator")
            check_dispensable(user, admins)
            await store.delete_user(work, user_id)
            await store.raise_epoch(work)
            work.announce(UserDeleted(actor=actor, resource=user.username))
