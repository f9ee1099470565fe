"""Creating an account."""

from dataclasses import dataclass, field

from havre.access import store
from havre.access.decide import require_system
from havre.access.errors import UserExists
from havre.access.events import UserCreated
from havre.access.model import User
from havre.access.passwords import Passwords, check_rule
from havre.access.ports import RulesNow, default_rules
from havre.access.profile import Profile, check_profile, shown_profile
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock
from havre.kernel.events import changes_between
from havre.kernel.names import parse_user_name
from havre.kernel.work import Database


@dataclass(frozen=True, slots=True)
class NewUser:
    """What an account starts with."""

    username: str
    password: str = field(repr=False)
    profile: Profile = field(default_factory=Profile)


class CreateUser:
    """Makes accounts: an administrator for anybody; anybody for themselves where that is allowed."""

    def __init__(
        self, database: Database, passwords: Passwords, clock: Clock, rules: RulesNow = default_rules
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock
        self._rules = rules

    async def create(self, actor: Actor, new: NewUser) -> User:
        """Make an ordinary user's account.

        Raises: UserExists, NameInvalid, PasswordRefused, ProfileInvalid, Unauthenticated, Denied.
        """
        if actor.is_authenticated or not (await self._rules()).may_sign_up:
            require_system(actor, "user", "create")
        name = parse_user_name(new.username)
        profile = check_profile(new.profile)
        check_rule(new.password)
        hashed = await self._passwords.hash(new.password)
        now = self._clock.now()
        draft = User(0, name, profile.email or None, profile.realname, profile.comment, False, now, now)
        async with self._database.write() as work:
            number = await store.add_user(work, draft, hashed)
            if number is None:
                raise UserExists(f"user {name} exists already, or the e-mail address is taken")
            await store.raise_epoch(work)
            work.announce(
                UserCreated(actor=actor, resource=name, changes=changes_between({}, shown_profile(draft)))
            )
        return User(
            number,
            name,
            draft.email,
            draft.realname,
            draft.comment,
            is_admin=False,
            created_at=now,
            updated_at=now,
        )
