"""What access needs from the machine."""

from typing import Protocol


class KeyWrapper(Protocol):
    """Keeps private keys unreadable at rest: encrypts them under the master key."""

    def wrap(self, secret: bytes) -> bytes:
        """Encrypt and authenticate `secret`."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """Decrypt what `wrap` made; raises StartRefused when it is of another master key."""
