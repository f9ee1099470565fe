"""The shapes of what a search finds."""

import msgspec

from havre.edge.api.wire.project import ProjectShape
from havre.registry.model import FoundRepository


class FoundRepositoryShape(msgspec.Struct):
    """`SearchRepository`."""

    project_id: int
    project_name: str
    project_public: bool
    repository_name: str
    pull_count: int
    artifact_count: int


class SearchShape(msgspec.Struct):
    """`Search`."""

    project: list[ProjectShape]
    repository: list[FoundRepositoryShape]


def found_shape(found: FoundRepository) -> FoundRepositoryShape:
    """Show a repository that was found."""
    return FoundRepositoryShape(
        project_id=found.project_id,
        project_name=found.project,
        project_public=found.is_public,
        repository_name=found.name,
        pull_count=found.pull_count,
        artifact_count=found.artifact_count,
    )
