"""The shape of a repository."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from havre.registry.model import RepositoryRecord

_Whole = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # 64 bits, as the contract says


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


class RepositoryReq(msgspec.Struct):
    """`Repository` as it is sent: only the description counts, the rest must have its form."""

    id: _Whole = 0
    project_id: _Whole = 0
    name: str = ""
    description: str = ""
    artifact_count: _Whole = 0
    pull_count: _Whole = 0
    creation_time: datetime | None = None
    update_time: datetime | None = None


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
