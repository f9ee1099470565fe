"""Projects: the top-level names that own repositories, members and policies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from havre.access.model import Role
from havre.projects.allowlists import Allowlist, NewAllowlist


@dataclass(frozen=True, slots=True)
class Project:
    """A project as a list or a page shows it to one caller."""

    id: int
    name: str
    is_public: bool
    owner_id: int | None
    owner_name: str
    created_at: datetime
    updated_at: datetime
    registry_id: int | None = None  # of a project that stands in front of another registry
    repo_count: int = 0
    roles: frozenset[Role] = frozenset()  # the caller's own; none also for an administrator who is no member
    metadata: Mapping[str, str] = field(default_factory=dict)
    storage_limit_bytes: int = -1  # -1: no limit
    allowlist: Allowlist | None = None  # the one in force; lists of projects leave it out


@dataclass(frozen=True, slots=True)
class NewProject:
    """What a project starts with."""

    name: str
    is_public: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    storage_limit_bytes: int | None = None
    allowlist: NewAllowlist | None = None
    registry_id: int | None = None


@dataclass(frozen=True, slots=True)
class ProjectChanges:
    """What changes; None and missing keys stay as they are."""

    is_public: bool | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    storage_limit_bytes: int | None = None
    allowlist: NewAllowlist | None = None


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """Which projects a list is asked for."""

    name: str = ""  # part of the name
    is_public: bool | None = None
    owner: str = ""  # the owner's whole name
    sort: str | None = None  # name, creation_time, update_time, project_id; - in front for descending


@dataclass(frozen=True, slots=True)
class Deletable:
    """Whether a project could be deleted now, and what stands in the way."""

    is_deletable: bool
    message: str = ""
