"""What access needs from the machine and from the configuration above it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol


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
