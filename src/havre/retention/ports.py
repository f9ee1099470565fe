"""What retention needs of others."""

from typing import Protocol

from havre.kernel.names import RepositoryName
from havre.kernel.work import Reader


class TagRules(Protocol):
    """The rules of one project about tags that stay as they are."""

    def holding(self, repository: RepositoryName, tag: str) -> str | None:
        """Name the rule that keeps the tag as it is, for people; None when none does."""


class TagGate(Protocol):
    """Knows the immutable tags of projects."""

    async def read(self, reader: Reader, project_id: int) -> TagRules:
        """Read the rules in force: one query."""
