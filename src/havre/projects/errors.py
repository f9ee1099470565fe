"""What projects refuse. ProjectUnknown is access's, because every decision needs it."""

from havre.access.errors import ProjectUnknown
from havre.kernel.errors import Conflict, Invalid, NotFound, Precondition

__all__ = [
    "AllowlistInvalid",
    "MetadataExists",
    "MetadataInvalid",
    "MetadataUnknown",
    "ProjectExists",
    "ProjectInUse",
    "ProjectUnknown",
]


class ProjectExists(Conflict):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"project {name} exists already")


class ProjectInUse(Precondition):
    """Something still lives in the project."""

    def __init__(self, name: str, repositories: int) -> None:
        super().__init__(f"project {name} still contains {repositories} repositories: delete them first")


class MetadataUnknown(NotFound):
    """The key is not set in the project."""

    def __init__(self, name: str, project: str | int) -> None:
        super().__init__(f"metadata {name[:80]!r} not found in project {project}")


class MetadataExists(Conflict):
    """The key is set in the project already."""

    def __init__(self, name: str, project: str) -> None:
        super().__init__(f"metadata {name} is set in project {project} already: update it")


class MetadataInvalid(Invalid):
    """A metadata key is unknown or its value breaks the key's rule."""


class AllowlistInvalid(Invalid):
    """A name in an allowlist of CVEs is none, or is there twice."""
