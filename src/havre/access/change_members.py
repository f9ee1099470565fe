"""Adding members to a project, giving them another role, removing them."""

from dataclasses import replace

from havre.access import group_store, store
from havre.access.decide import Access
from havre.access.errors import (
    GroupUnknown,
    MemberExists,
    MemberUnknown,
    ProjectUnknown,
    RoleUnknown,
    UserUnknown,
)
from havre.access.events import MemberAdded, MemberRemoved, MemberRoleChanged, UserGroupCreated
from havre.access.groups import ExternalGroup, shown_group
from havre.access.model import Member, ProjectStanding, Role, User, UserGroup
from havre.access.ports import Newcomers
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import changes_between
from havre.kernel.work import Database, Work


class ChangeMembers:
    """Decides who is in a project; the change counts from the next request on."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, newcomers: Newcomers | None = None
    ) -> None:
        self._newcomers = newcomers
        self._database = database
        self._access = access
        self._clock = clock

    async def add(self, actor: Actor, project: str | int, user: str | int, role: int) -> Member:
        """Make a user, known by name or number, a member; one whom the directory knows gets an account.

        Raises: ProjectUnknown, UserUnknown, MemberExists, RoleUnknown, Unauthenticated, Denied, and what
        Newcomers raises.
        """
        found = await self._access.require(actor, "member", "create", project)
        wanted = parse_role(role)
        known = await self._find_or_bring(actor, user) if isinstance(user, str) else user
        async with self._database.write() as work:
            if not await store.keep_project(work, found.id):
                raise ProjectUnknown(project)
            person = await _lock_person(work, known)
            number = await store.add_member(work, found.id, person.id, wanted, self._clock.now())
            if number is None:
                raise MemberExists(f"user {person.username}", found.name)
            await _announce_added(work, actor, found, person.username, wanted)
        return Member(number, found.id, person.id, person.username, wanted)

    async def _find_or_bring(self, actor: Actor, username: str) -> str | int:
        async with self._database.read() as reader:
            known = await store.user_by_name(reader, username)
        if known is None and self._newcomers is not None:
            known = await self._newcomers.bring(actor, username)
        return username if known is None else known.id

    async def add_group(
        self, actor: Actor, project: str | int, group: int | ExternalGroup, role: int
    ) -> Member:
        """Make a group a member: one that is known, by its number, or as its system names it.

        A group that is not known yet becomes known by it.
        Raises: ProjectUnknown, GroupUnknown, MemberExists, RoleUnknown, Unauthenticated, Denied.
        """
        found = await self._access.require(actor, "member", "create", project)
        wanted = parse_role(role)
        async with self._database.write() as work:
            if not await store.keep_project(work, found.id):
                raise ProjectUnknown(project)
            entity = await self._lock_group(work, actor, group)
            now = self._clock.now()
            number = await store.add_group_member(work, found.id, entity.id, wanted, now)
            if number is None:
                raise MemberExists(f"user group {entity.name}", found.name)
            await _announce_added(work, actor, found, entity.name, wanted)
        return Member(number, found.id, entity.id, entity.name, wanted, is_group=True)

    async def _lock_group(self, work: Work, actor: Actor, group: int | ExternalGroup) -> UserGroup:
        if isinstance(group, int):
            known = await group_store.lock_group(work, group)
        else:
            if await group_store.add_group(work, group, self._clock.now()) is not None:
                changes = changes_between({}, shown_group(group))
                work.announce(UserGroupCreated(actor=actor, resource=group.name, changes=changes))
            known = await group_store.group_by_key(work, group)
        if known is None:
            raise GroupUnknown(group if isinstance(group, int) else group.name)
        return known

    async def set_role(self, actor: Actor, project: str | int, member_id: int, role: int) -> Member:
        """Give a member another role.

        Raises: ProjectUnknown, MemberUnknown, RoleUnknown, Unauthenticated, Denied.
        """
        found = await self._access.require(actor, "member", "update", project)
        wanted = parse_role(role)
        async with self._database.write() as work:
            member = await _read_member(work, found, member_id)
            await store.set_role(work, member_id, wanted)
            await store.raise_epoch(work)
            work.announce(
                MemberRoleChanged(
                    actor=actor,
                    resource=member.entity_name,
                    project_id=found.id,
                    project=found.name,
                    role=wanted.word,
                    changes=changes_between({"role": member.role.word}, {"role": wanted.word}),
                )
            )
        return replace(member, role=wanted)

    async def remove(self, actor: Actor, project: str | int, member_id: int) -> None:
        """End a membership.

        Raises: ProjectUnknown, MemberUnknown, Unauthenticated, Denied.
        """
        found = await self._access.require(actor, "member", "delete", project)
        async with self._database.write() as work:
            member = await _read_member(work, found, member_id)
            await store.remove_member(work, member_id)
            await store.raise_epoch(work)
            work.announce(
                MemberRemoved(
                    actor=actor,
                    resource=member.entity_name,
                    project_id=found.id,
                    project=found.name,
                    role=member.role.word,
                    changes=changes_between({"role": member.role.word}, {}),
                )
            )


def parse_role(number: int) -> Role:
    """Read a role's number.

    Raises: RoleUnknown.
    """
    try:
        return Role(number)
    except ValueError:
        raise RoleUnknown(number) from None


async def _announce_added(
    work: Work, actor: Actor, found: ProjectStanding, entity_name: str, role: Role
) -> None:
    """Let the new membership count from now on, and tell of it."""
    await store.raise_epoch(work)
    work.announce(
        MemberAdded(
            actor=actor,
            resource=entity_name,
            project_id=found.id,
            project=found.name,
            role=role.word,
            changes=changes_between({}, {"role": role.word}),
        )
    )


async def _lock_person(work: Work, user: str | int) -> User:
    if isinstance(user, int):
        found = await store.lock_user(work, user)
    else:
        named = await store.user_by_name(work, user)
        found = None if named is None else await store.lock_user(work, named.id)
    if found is None:
        raise UserUnknown(user)
    return found


async def _read_member(work: Work, project: ProjectStanding, member_id: int) -> Member:
    member = await store.member(work, project.id, member_id)
    if member is None:
        raise MemberUnknown(member_id, project.name)
    return member
