"""What access needs from the machine and from the configuration above it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from havre.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class AccessRules:
    """What of the run-time configuration access goes by."""

    token_expiry_s: int = 1800  # Harbor's 30 minutes
    session_idle_s: int = 3600  # Harbor's hour
    may_sign_up: bool = False


RulesNow = Callable[[], Awaitable[AccessRules]]


async def default_rules() -> AccessRules:
    """Give the rules of an instance that nobody configured."""
    return AccessRules()


class KeyWrapper(Protocol):
    """Keeps private keys unreadable at rest: encrypts them under the master key."""

    def wrap(self, secret: bytes) -> bytes:
        """Encrypt and authenticate `secret`."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Decrypt what `wrap` made; raises StartRefused when it is of another master key."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Who a password proved somebody to be; `seal` changes when the password does."""

    actor: Actor
    seal: str = ""


class PasswordProvider(Protocol):
    """One way to prove a name and a password: local accounts, a directory, secrets for tools."""

    async def prove(self, username: str, password: str) -> Proof | None:
        """Check the password; None when it does not fit, or when this way does not know the name."""

    async def still(self, proof: Proof) -> Proof | None:
        """Tell whether a proof of a moment ago holds after rights changed; with the rights of now."""
