"""What a login tells about groups of another system, and whether one makes an administrator."""

from collections.abc import Sequence

from havre.access import group_store, store
from havre.access.actors import actor_of
from havre.access.events import UserGroupCreated
from havre.access.groups import ExternalGroup, shown_group
from havre.access.model import GroupType, User
from havre.kernel.actor import Origin
from havre.kernel.clock import Clock
from havre.kernel.events import changes_between
from havre.kernel.work import Database, Reader, Work


class RememberGroups:
    """Keeps what a login told about groups; it counts from the next request on."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def remember(
        self, user: User, groups: Sequence[ExternalGroup], origin: Origin, *, is_admin: bool
    ) -> None:
        """Replace the groups of an account by `groups`; those not known yet are made.

        `is_admin` tells whether a group makes an administrator. Nothing is written when nothing changed.
        """
        async with self._database.read() as reader:
            known = await _known(reader, groups)
            is_same = len(known) == len(_keys(groups)) and known == await group_store.groups_of(
                reader, user.id
            )
        if is_same and user.is_admin_in_auth == is_admin:
            return
        async with self._database.write() as work:
            await self.within(work, user, groups, origin, is_admin=is_admin)

    async def within(
        self, work: Work, user: User, groups: Sequence[ExternalGroup], origin: Origin, *, is_admin: bool
    ) -> None:
        """Do it in a transaction that is open already, such as the one that makes the account."""
        known = await _known(work, groups)
        if len(known) < len(_keys(groups)):
            await self._add(work, user, groups, origin)
            known = await _known(work, groups)
        before = await group_store.groups_of(work, user.id)
        await group_store.join_groups(work, user.id, sorted(known - before))
        if before - known:
            await group_store.leave_groups(work, user.id, sorted(before - known))
        await group_store.set_admin_in_auth(work, user.id, is_admin=is_admin)
        await store.raise_epoch(work)

    async def _add(self, work: Work, user: User, groups: Sequence[ExternalGroup], origin: Origin) -> None:
        # In one order, so that two logins at once do not wait for each other.
        for group in sorted(groups, key=lambda one: (one.type, one.key)):
            if await group_store.add_group(work, group, self._clock.now()) is not None:
                changes = changes_between({}, shown_group(group))
                work.announce(
                    UserGroupCreated(actor=actor_of(user, origin), resource=group.name, changes=changes)
                )


async def _known(reader: Reader, groups: Sequence[ExternalGroup]) -> frozenset[int]:
    found = set[int]()
    for kind in GroupType:
        keys = [group.key for group in groups if group.type is kind]
        if keys:
            found |= {group.id for group in await group_store.groups_by_key(reader, kind, keys)}
    return frozenset(found)


def _keys(groups: Sequence[ExternalGroup]) -> frozenset[tuple[GroupType, str]]:
    return frozenset((group.type, group.key) for group in groups)
