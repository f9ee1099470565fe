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
    "RegistryMissing",
]


class ProjectExists(Conflict):
    """The name is taken."""

    def __init__(self, name: str) -> None:
        super().__init__(f"project {name} exists already")


class ProjectInUse(Precondition):
    """Something still lives in the project."""

    def __init__(self, name: str, repositories: int) -> None:
        super().__init__(f"project {name} still contains {repositories} repositories: delete them first")


class RegistryMissing(Invalid):
    """A project is to stand in front of a registry that is not configured."""

    def __init__(self, registry_id: int) -> None:
        super().__init__(
            f"registry_id: registry {registry_id} not found: GET /api/v2.0/registries lists them"
        )


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
