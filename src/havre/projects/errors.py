"""What projects refuse. ProjectUnknown is access's, because every decision needs it."""

from havre.access.errors import ProjectUnknown
from havre.kernel.errors import Conflict, Invalid, Precondition

__all__ = ["MetadataInvalid", "ProjectExists", "ProjectInUse", "ProjectUnknown"]


class ProjectExists(Conflict):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"project {name} exists already")


class ProjectInUse(Precondition):
    """Something still lives in the project."""

    def __init__(self, name: str, repositories: int) -> None:
        super().__init__(f"project {name} still contains {repositories} repositories: delete them first")


class MetadataInvalid(Invalid):
    """A metadata key is unknown or its value breaks the key's rule."""
