"""Somebody whom another system vouches for: their account here, made at the first login."""

from dataclasses import replace

from havre.access import store
from havre.access.actors import actor_of
from havre.access.errors import UserExists
from havre.access.events import UserCreated
from havre.access.external import ExternalPerson
from havre.access.model import User
from havre.access.profile import Profile, check_profile, shown_profile
from havre.access.remember_groups import RememberGroups
from havre.kernel.actor import Actor, Origin
from havre.kernel.clock import Clock
from havre.kernel.errors import Invalid
from havre.kernel.events import changes_between
from havre.kernel.names import parse_user_name
from havre.kernel.work import Database, Reader, Work


class Onboard:
    """Finds or makes the account of somebody another system vouches for, and notes their groups."""

    def __init__(self, database: Database, groups: RememberGroups, clock: Clock) -> None:
        self._database = database
        self._groups = groups
        self._clock = clock

    async def find(self, person: ExternalPerson) -> User | None:
        """Find the account of somebody by origin and subject."""
        async with self._database.read() as reader:
            return await _find(reader, person)

    async def enter(self, person: ExternalPerson, origin: Origin) -> User:
        """Let somebody in who just proved who they are: account and groups are as they should be after it.

        Raises: UserExists when somebody else has the user name here, NameInvalid.
        """
        user = await self.find(person)
        if user is None:
            try:
                return await self._make(person, None, origin)
            except UserExists:
                user = await self.find(person)  # two first logins at once: the other one made it
                if user is None:
                    raise
        await self._groups.remember(user, person.groups, origin, is_admin=person.is_admin)
        return await self._read(user.id)

    async def add(self, actor: Actor, person: ExternalPerson) -> User:
        """Make an account before its owner ever logged in; the groups come with the login.

        Raises: UserExists when the person or the user name is here already, NameInvalid.
        """
        return await self._make(person, actor, actor.origin)

    async def _make(self, person: ExternalPerson, actor: Actor | None, origin: Origin) -> User:
        name = parse_user_name(person.username)
        profile = _usable(person)
        now = self._clock.now()
        draft = User(
            0, name, profile.email or None, profile.realname, "", False, now, now,
            person.origin, person.subject,
        )  # fmt: skip
        async with self._database.write() as work:
            user = await self._insert(work, draft)
            await store.raise_epoch(work)
            changes = changes_between({}, shown_profile(user))
            work.announce(UserCreated(actor=actor or actor_of(user, origin), resource=name, changes=changes))
            if actor is None:
                await self._groups.within(work, user, person.groups, origin, is_admin=person.is_admin)
            made = await store.user_by_id(work, user.id)
        assert made is not None  # inserted above
        return made

    async def _insert(self, work: Work, draft: User) -> User:
        if draft.email and await store.email_taken(work, draft.email, 0):
            draft = replace(draft, email=None)  # somebody else has it; the account matters more
        number = await store.add_user(work, draft, "")
        if number is None:
            raise UserExists(f"the user name {draft.username} is taken by another account")
        return replace(draft, id=number)

    async def _read(self, user_id: int) -> User:
        async with self._database.read() as reader:
            user = await store.user_by_id(reader, user_id)
        if user is None:
            raise UserExists(f"user {user_id} was deleted while logging in: try again")
        return user


async def _find(reader: Reader, person: ExternalPerson) -> User | None:
    return await store.user_by_subject(reader, person.origin, person.subject)


def _usable(person: ExternalPerson) -> Profile:
    """Take what follows our rules of what the other system says about the person."""
    realname = person.realname.replace("\0", "")[:255]
    try:
        return check_profile(Profile(person.email, realname))
    except Invalid:
        return Profile(realname=realname)
