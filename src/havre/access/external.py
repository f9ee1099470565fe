"""What another system says about somebody, in our words."""

from collections.abc import Sequence
from dataclasses import dataclass

from havre.access.groups import ExternalGroup
from havre.access.model import AccountOrigin


@dataclass(frozen=True, slots=True)
class ExternalPerson:
    """Somebody whom another system vouches for; `subject` is its own name for them, which never changes."""

    origin: AccountOrigin
    subject: str
    username: str
    email: str = ""
    realname: str = ""
    groups: Sequence[ExternalGroup] = ()
    is_admin: bool = False
