"""The rules of what an account says about a person. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from havre.access.errors import ProfileInvalid
from havre.access.model import User
from havre.kernel.events import Fact

# What Harbor's rule amounts to: something, an @, a domain with a dot; mail servers know the rest.
_EMAIL: Final = re.compile(r"[^@\s,\"~#%$]+@[^@\s]+\.[^@\s.]+\Z")


@dataclass(frozen=True, slots=True)
class Profile:
    """The fields a person may change."""

    email: str = ""
    realname: str = ""
    comment: str = ""


def check_profile(profile: Profile) -> Profile:
    """Check lengths and the address; blanks around are dropped.

    Raises: ProfileInvalid.
    """
    email = profile.email.strip()
    if email and (len(email) > 255 or not _EMAIL.match(email)):
        raise ProfileInvalid(f"e-mail address {email[:80]!r} is not valid")
    for name, text, longest in (("realname", profile.realname, 255), ("comment", profile.comment, 255)):
        if len(text) > longest or "\0" in text:
            raise ProfileInvalid(f"{name} is longer than {longest} characters, or not text")
    return Profile(email, profile.realname.strip(), profile.comment)


def shown_profile(user: User) -> Mapping[str, Fact]:
    """List what an account says about a person, for the journal."""
    return {"email": user.email, "realname": user.realname, "comment": user.comment}
