"""What the tag `session` is built on."""

from dataclasses import dataclass

from havre.access import ManageSessions


@dataclass(frozen=True, slots=True)
class SessionParts:
    """The use cases of sessions."""

    manage: ManageSessions
