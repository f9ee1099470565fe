"""Making groups of other systems known here, renaming them, forgetting them."""

from dataclasses import replace

from havre.access import group_store, store
from havre.access.decide import require_system
from havre.access.errors import GroupExists, GroupUnknown
from havre.access.events import UserGroupCreated, UserGroupDeleted, UserGroupUpdated
from havre.access.groups import ExternalGroup, parse_group, shown_group
from havre.access.model import GroupType, UserGroup
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import changes_between
from havre.kernel.work import Database


class ChangeGroups:
    """Decides which groups can be members; who is in them the other system tells at each login."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def create(self, actor: Actor, new: ExternalGroup) -> UserGroup:
        """Make a group known.

        Raises: GroupExists, Unauthenticated, Denied to all but administrators.
        """
        require_system(actor, "user-group", "create")
        async with self._database.write() as work:
            number = await group_store.add_group(work, new, self._clock.now())
            if number is None:
                raise GroupExists(new.name)
            changes = changes_between({}, shown_group(new))
            work.announce(UserGroupCreated(actor=actor, resource=new.name, changes=changes))
        return UserGroup(number, new.name, new.type, new.dn)

    async def rename(self, actor: Actor, group_id: int, name: str) -> UserGroup:
        """Give a group another name.

        An LDAP group is still found by its DN. Others are found by their name: whoever was known to be in
        it is in it again when a login says the new name.
        Raises: GroupUnknown, GroupInvalid, GroupExists, Unauthenticated, Denied to all but administrators.
        """
        require_system(actor, "user-group", "update")
        async with self._database.write() as work:
            group = await group_store.lock_group(work, group_id)
            if group is None:
                raise GroupUnknown(group_id)
            wanted = parse_group(group.type, name or " ", group.ldap_group_dn)
            if group.type is not GroupType.LDAP and wanted.name != group.name:
                if await group_store.group_by_key(work, wanted) is not None:
                    raise GroupExists(wanted.name)
                await group_store.rekey_group(work, group_id, wanted.key)
                await store.raise_epoch(work)
            await group_store.rename_group(work, group_id, wanted.name, self._clock.now())
            changes = changes_between({"group_name": group.name}, {"group_name": wanted.name})
            work.announce(UserGroupUpdated(actor=actor, resource=wanted.name, changes=changes))
        return replace(group, name=wanted.name)

    async def delete(self, actor: Actor, group_id: int) -> None:
        """Forget a group and its memberships of projects.

        Raises: GroupUnknown, Unauthenticated, Denied to all but administrators.
        """
        require_system(actor, "user-group", "delete")
        async with self._database.write() as work:
            group = await group_store.lock_group(work, group_id)
            if group is None:
                raise GroupUnknown(group_id)
            await group_store.delete_group(work, group_id)
            await store.raise_epoch(work)
            work.announce(UserGroupDeleted(actor=actor, resource=group.name))
