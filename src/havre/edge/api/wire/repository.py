"""The shape of a repository."""

from datetime import datetime

import msgspec

from havre.registry.model import RepositoryRecord


class RepositoryShape(msgspec.Struct):
    """`Repository`."""

    id: int
    project_id: int
    name: str
    description: str
    artifact_count: int
    pull_count: int
    creation_time: datetime
    update_time: datetime


def repository_shape(record: RepositoryRecord) -> RepositoryShape:
    """Show a repository."""
    return RepositoryShape(
        id=record.repo_id,
        project_id=record.project_id,
        name=record.name,
        description=record.description,
        artifact_count=record.artifact_count,
        pull_count=record.pull_count,
        creation_time=record.created_at,
        update_time=record.updated_at,
    )
