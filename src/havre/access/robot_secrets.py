"""Secrets of robots: the rule, the making, the hash. Not for who may log in.

A generated secret has 190 random bits: a fast salted hash is enough, and a robot logs in often. A secret
that somebody chose may be guessed, so it costs argon2 as a password does.
"""

import hashlib
import hmac
import secrets
import string
from typing import Final

from havre.access.errors import PasswordRefused
from havre.access.passwords import Passwords, check_rule
from havre.kernel.secret import Secret

_LENGTH: Final = 32  # Harbor's length; 62 letters and digits: 190 bits
_ALPHABET: Final = string.ascii_letters + string.digits
_FAST: Final = "blake2b$"


def generate_secret() -> str:
    """Make a random secret that follows the rule for passwords."""
    while True:
        secret = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
        try:
            check_rule(secret)
        except PasswordRefused:
            continue
        return secret


def hash_generated(secret: str) -> str:
    """Hash a secret that `generate_secret` made."""
    salt = secrets.token_hex(16)
    return f"{_FAST}{salt}${_digest(secret, salt)}"


async def hash_chosen(passwords: Passwords, secret: str) -> str:
    """Hash a secret that somebody chose.

    Raises: PasswordRefused when it breaks the rule.
    """
    check_rule(secret)
    return await passwords.hash(secret)


async def make_secret(passwords: Passwords, chosen: Secret | None) -> tuple[str, str]:
    """Take the chosen secret or make one up; returns it with its hash.

    Raises: PasswordRefused when the chosen one breaks the rule.
    """
    if chosen is not None:
        return chosen.reveal(), await hash_chosen(passwords, chosen.reveal())
    made = generate_secret()
    return made, hash_generated(made)


async def secret_fits(passwords: Passwords, secret: str, hashed: str) -> bool:
    """Tell whether the secret made this hash."""
    if not hashed.startswith(_FAST):
        return await passwords.fits(secret, hashed)
    salt, _, digest = hashed.removeprefix(_FAST).partition("$")
    return hmac.compare_digest(_digest(secret, salt), digest)


def _digest(secret: str, salt: str) -> str:
    return hashlib.blake2b(secret.encode(), key=salt.encode(), digest_size=32).hexdigest()
