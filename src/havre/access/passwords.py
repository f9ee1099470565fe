"""Passwords: the rule, and argon2 in threads. Not for who may log in."""

import asyncio
import secrets
import string
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

from havre.access.errors import PasswordRefused

_MEMORY_KIB: Final = 65_536  # RFC 9106, section 4: the second recommended choice
# Each check takes that memory and a core for its time: two at once, the others wait their turn.
_AT_ONCE: Final = 2


def check_rule(password: str) -> None:
    """Accept 8 to 128 characters with an upper-case letter, a lower-case letter and a digit.

    Raises: PasswordRefused. Source: Harbor's rule.
    """
    kinds = (str.isupper, str.islower, str.isdigit)
    if not 8 <= len(password) <= 128 or not all(any(map(kind, password)) for kind in kinds):
        raise PasswordRefused(
            "the password needs 8 to 128 characters with an upper-case and a lower-case letter and a digit"
        )


def generate() -> str:
    """Make a random password that follows the rule: 20 letters and digits, 119 bits."""
    alphabet = string.ascii_letters + string.digits
    while True:
        password = "".join(secrets.choice(alphabet) for _ in range(20))
        try:
            check_rule(password)
        except PasswordRefused:
            continue
        return password


class Passwords:
    """Hashes and checks passwords off the event loop."""

    def __init__(self, memory_kib: int = _MEMORY_KIB) -> None:
        self._hash = PasswordHash((Argon2Hasher(memory_cost=memory_kib),))
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """Hash a new password."""
        async with self._turns:
            return await asyncio.to_thread(self._hash.hash, password)

    async def fits(self, password: str, hashed: str | None) -> bool:
        """Tell whether the password made this hash; None costs the same time and never fits."""
        async with self._turns:
            return await asyncio.to_thread(self._fits, password, hashed)

    def _fits(self, password: str, hashed: str | None) -> bool:
        if hashed is None:
            if self._nobody is None:
                self._nobody = self._hash.hash(secrets.token_hex(16))
            self._hash.verify(password, self._nobody)
            return False
        try:
            return self._hash.verify(password, hashed)
        except UnknownHashError:  # an account without a password of its own
            return False
