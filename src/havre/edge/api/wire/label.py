"""The shapes of labels."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from havre.edge.api.faults import SchemaViolated
from havre.registry import LabelWords
from havre.registry.model import Label


class LabelShape(msgspec.Struct):
    """`Label`; project_id is 0 for a label of all projects, as Harbor has it."""

    id: int
    name: str
    description: str
    color: str
    scope: str
    project_id: int
    creation_time: datetime
    update_time: datetime


class LabelReq(msgspec.Struct):
    """`Label` as it is sent; what is left out is empty."""

    id: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0
    name: str = ""
    description: str = ""
    color: str = ""
    scope: str = ""
    project_id: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0

    def words(self) -> LabelWords:
        """Read what it says."""
        return LabelWords(self.name, self.description, self.color)

    def project(self) -> int | None:
        """Read the project that it is for; None for all.

        Raises: SchemaViolated.
        """
        return read_scope(self.scope, self.project_id or None)


def read_scope(scope: str, project_id: int | None) -> int | None:
    """Read Harbor's pair of scope and project: p needs a project, g has none.

    Raises: SchemaViolated.
    """
    if scope not in {"", "g", "p"}:
        raise SchemaViolated(f"scope must be g (all projects) or p (one project), not {scope[:20]!r}")
    if scope == "p" and project_id is None:
        raise SchemaViolated("project_id is required when scope is p")
    return None if scope == "g" else project_id


def label_shape(label: Label) -> LabelShape:
    """Show a label."""
    return LabelShape(
        id=label.label_id,
        name=label.name,
        description=label.description,
        color=label.color,
        scope=label.scope,
        project_id=label.project_id or 0,
        creation_time=label.created_at,
        update_time=label.updated_at,
    )
