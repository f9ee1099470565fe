"""Names of repositories, tags, projects and people, checked once at the edge.

Source: OCI distribution-spec v1.1, "Pulling manifests"; Harbor's rules for projects and user names.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from havre.kernel.digest import Digest
from havre.kernel.errors import Invalid

_COMPONENT: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY: Final = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*\Z")
_TAG: Final = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}\Z")
_PROJECT: Final = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*\Z")
_USER_FORBIDDEN: Final = re.compile(r"[,\"~#%$\s\x00-\x1f]")
REPOSITORY_LENGTH: Final = 255  # the spec's limit for host and name together
PROJECT_LENGTH: Final = 255


class NameInvalid(Invalid):
    """A repository or project name breaks the naming rules."""


class TagInvalid(Invalid):
    """A tag breaks the naming rules."""


@dataclass(frozen=True, slots=True, order=True)
class RepositoryName:
    """A full repository name: `project/path`, at least one component."""

    text: str

    @classmethod
    @lru_cache(maxsize=4096)  # the same few names come thousands of times a second
    def parse(cls, text: str) -> Self:
        """Check the grammar of the specification.

        Raises: NameInvalid.
        """
        if len(text) > REPOSITORY_LENGTH:
            raise NameInvalid(f"repository name is longer than {REPOSITORY_LENGTH} characters")
        if not _REPOSITORY.match(text):
            raise NameInvalid(
                f"repository name {text[:80]!r} is not valid: use lower-case letters and digits, "
                "separated by one of . _ __ - and components by /"
            )
        return cls(text)

    @property
    def project(self) -> str:
        """The first component: the project's name."""
        return self.text.partition("/")[0]

    @property
    def path(self) -> str:
        """What follows the project's name; empty when nothing does."""
        return self.text.partition("/")[2]

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """A valid tag."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Check the grammar of the specification.

        Raises: TagInvalid.
        """
        if not _TAG.match(text):
            raise TagInvalid(
                f"tag {text[:140]!r} is not valid: up to 128 letters, digits, . _ or -, "
                "starting with a letter, a digit or _"
            )
        return cls(text)

    def __str__(self) -> str:
        return self.text


Reference = Digest | Tag


def parse_reference(text: str) -> Reference:
    """Read what stands behind `/manifests/`: a digest when it has a colon, a tag otherwise.

    Raises: DigestInvalid, TagInvalid.
    """
    return Digest.parse(text) if ":" in text else Tag.parse(text)


def parse_project_name(text: str) -> str:
    """Check a project's name: one component of a repository name.

    Raises: NameInvalid.
    """
    if not 1 <= len(text) <= PROJECT_LENGTH or not _PROJECT.match(text):
        raise NameInvalid(
            f"project name {text[:80]!r} is not valid: 1 to {PROJECT_LENGTH} lower-case letters and digits, "
            "separated by single . _ or -"
        )
    return text


def parse_user_name(text: str) -> str:
    """Check a user's name: 1 to 255 characters without blanks and without , " ~ # % $.

    Raises: NameInvalid.
    """
    if not 1 <= len(text) <= 255 or _USER_FORBIDDEN.search(text):  # 255: Harbor's column
        raise NameInvalid(
            f'user name {text[:80]!r} is not valid: 1 to 255 characters, no blanks and none of , " ~ # % $'
        )
    return text
