"""The shapes of projects."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from havre.access.model import ROLES_BY_POWER
from havre.edge.api.wire.allowlist import AllowlistReq, AllowlistShape, allowlist_shape
from havre.edge.api.wire.quota import ResourceList
from havre.projects import NewAllowlist
from havre.projects.model import Deletable, NewProject, Project, ProjectChanges
from havre.registry.model import ProjectQuota

_Whole = Annotated[int, Meta(ge=-1, le=2**63 - 1)]  # 64 bits, as the contract says; -1 is "no limit"


class ProjectShape(msgspec.Struct):
    """`Project`."""

    project_id: int
    owner_id: int | UnsetType
    name: str
    creation_time: datetime
    update_time: datetime
    owner_name: str
    current_user_role_id: int | UnsetType
    current_user_role_ids: list[int]
    repo_count: int
    metadata: dict[str, str]
    cve_allowlist: AllowlistShape | UnsetType = UNSET
    registry_id: int | UnsetType = UNSET


class ProjectReq(msgspec.Struct):
    """`ProjectReq`."""

    project_name: str = ""
    public: bool | None = None
    metadata: dict[str, str | None] | None = None
    cve_allowlist: AllowlistReq | None = None
    storage_limit: _Whole | None = None
    registry_id: _Whole | None = None

    def new(self) -> NewProject:
        """Read it as a project to create; registry 0 is none, as Harbor's portal sends it."""
        public, registry_id = self._is_public(), self.registry_id or None
        return NewProject(
            self.project_name,
            bool(public),
            self._metadata(),
            self.storage_limit,
            self._allowlist(),
            registry_id,
        )

    def changes(self) -> ProjectChanges:
        """Read it as changes of a project; which registry it stands in front of stays."""
        return ProjectChanges(self._is_public(), self._metadata(), self.storage_limit, self._allowlist())

    def _is_public(self) -> bool | None:
        # Harbor takes the metadata first, the older field when that is missing.
        text = (self.metadata or {}).get("public")
        return self.public if text is None else text.lower() == "true"

    def _metadata(self) -> dict[str, str]:
        given = (self.metadata or {}).items()
        return {name: value for name, value in given if value is not None and name != "public"}

    def _allowlist(self) -> NewAllowlist | None:
        return None if self.cve_allowlist is None else self.cve_allowlist.wanted()


class ProjectDeletable(msgspec.Struct, omit_defaults=True):
    """`ProjectDeletable`."""

    deletable: bool
    message: str = ""


class SummaryQuota(msgspec.Struct):
    """`ProjectSummaryQuota`."""

    hard: ResourceList
    used: ResourceList


class ProjectSummary(msgspec.Struct):
    """`ProjectSummary`, as far as there is data."""

    repo_count: int
    quota: SummaryQuota | UnsetType


def project_shape(project: Project) -> ProjectShape:
    """Show a project to the caller whose role it names."""
    roles = [
        int(role) for role in ROLES_BY_POWER if role in project.roles
    ]  # the first is the one that counts
    return ProjectShape(
        project_id=project.id,
        owner_id=UNSET if project.owner_id is None else project.owner_id,
        name=project.name,
        creation_time=project.created_at,
        update_time=project.updated_at,
        owner_name=project.owner_name,
        current_user_role_id=roles[0] if roles else UNSET,
        current_user_role_ids=roles,
        repo_count=project.repo_count,
        metadata={"public": "true" if project.is_public else "false", **project.metadata},
        cve_allowlist=UNSET if project.allowlist is None else allowlist_shape(project.allowlist),
        registry_id=UNSET if project.registry_id is None else project.registry_id,
    )


def summary_shape(project: Project, quota: ProjectQuota | None) -> ProjectSummary:
    """Show how much is in a project, and its quota to whoever may see it."""
    if quota is None:
        return ProjectSummary(project.repo_count, UNSET)
    shown = SummaryQuota(ResourceList(quota.limit_bytes), ResourceList(quota.used_bytes))
    return ProjectSummary(project.repo_count, shown)


def deletable_shape(deletable: Deletable) -> ProjectDeletable:
    """Show whether a project could be deleted."""
    return ProjectDeletable(deletable.is_deletable, deletable.message)
