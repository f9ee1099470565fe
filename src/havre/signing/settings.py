"""What an operator sets about signing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SigningSettings:
    """How large a publication of trust data may be, and how often what expires soon is signed again."""

    publish_limit_bytes: int = 32 * 1024 * 1024
    refresh_every_s: int = 3600
