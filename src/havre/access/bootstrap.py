"""The first start: the account `admin`."""

from typing import Final

from havre.access import store
from havre.access.errors import PasswordRefused
from havre.access.events import UserCreated
from havre.access.model import FIRST_ADMIN_ID, User
from havre.access.passwords import Passwords, check_rule, generate
from havre.kernel.actor import system
from havre.kernel.clock import Clock
from havre.kernel.errors import StartRefused
from havre.kernel.work import Database

ADMIN: Final = "admin"


async def create_first_admin(
    database: Database, passwords: Passwords, clock: Clock, given_password: str | None
) -> str | None:
    """Create `admin` (id 1) unless there are accounts; return the password when it was made up here.

    Several processes may start at once: one of them creates it, the others find it done.
    Raises: StartRefused when the given password breaks the rule.
    """
    async with database.read() as reader:
        if await store.user_by_id(reader, FIRST_ADMIN_ID) is not None:
            return None
    password = given_password or generate()
    try:
        check_rule(password)
    except PasswordRefused as error:
        raise StartRefused(f"HAVRE_ADMIN_PASSWORD cannot be used: {error}") from None
    hashed = await passwords.hash(password)
    now = clock.now()
    admin = User(
        FIRST_ADMIN_ID, ADMIN, None, "system admin", "", is_admin=True, created_at=now, updated_at=now
    )
    async with database.write() as work:
        number = await store.add_user(work, admin, hashed)
        if number is None:
            return None
        if number != FIRST_ADMIN_ID:  # an earlier start was cut off after it had drawn the number
            await store.renumber_user(work, number, FIRST_ADMIN_ID)
        await store.raise_epoch(work)
        work.announce(UserCreated(actor=system("bootstrap"), resource=ADMIN))
    return None if given_password else password
