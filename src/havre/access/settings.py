"""What an operator may choose about access."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccessSettings:
    """Lifetimes and limits of credentials."""

    credential_cache_s: int = 60
    refresh_token_days: int = 90
    signing_key_days: int = 30
    token_issuer: str = "harbor-token-issuer"  # noqa: S105 - Harbor's word; tools compare it
    robot_notice_days: int = 14
    # For one name from one address; a name from anywhere, and an address (a whole office), ten times as many.
    failures_before_delay: int = 5
    longest_delay_s: int = 300
