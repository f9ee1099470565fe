"""Passwords of accounts that are known here: the first way that a login tries."""

from havre.access import store
from havre.access.actors import actor_of
from havre.access.model import AccountOrigin
from havre.access.passwords import Passwords
from havre.access.ports import Proof
from havre.kernel.actor import Origin
from havre.kernel.work import Database


class LocalPasswords:
    """Checks a password against the hash of the account; a PasswordProvider."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def prove(self, username: str, password: str, origin: Origin) -> Proof | None:
        """Check the password; a name that nobody has costs as much time as one that somebody has."""
        async with self._database.read() as reader:
            found = await store.password_hash(reader, username)
        if found is not None and found[0].origin is not AccountOrigin.LOCAL:
            return None  # another way knows this account
        if not await self._passwords.fits(password, None if found is None else found[1]) or found is None:
            return None
        user, hashed = found
        return Proof(actor_of(user), hashed)

    async def still(self, proof: Proof) -> Proof | None:
        """Read the account again: the same hash means the same password, without argon2."""
        async with self._database.read() as reader:
            found = await store.password_hash(reader, proof.actor.name)
        if found is None or found[1] != proof.seal:
            return None
        return Proof(actor_of(found[0]), proof.seal)
