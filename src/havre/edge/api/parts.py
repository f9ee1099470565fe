"""What the REST API is built on: the use cases, filled in by assembly."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.responses import Response

from havre.access import (
    Access,
    ChangeGroups,
    ChangeMembers,
    ChangePassword,
    CreateUser,
    DeleteUser,
    Members,
    Refusals,
    UpdateUser,
    UserGroups,
    Users,
)
from havre.audit import Purges, Search
from havre.edge.api.configure_parts import ConfigureParts
from havre.edge.api.immutable_parts import ImmutableParts
from havre.edge.api.jobs_parts import JobsParts
from havre.edge.api.ldap_parts import LdapParts
from havre.edge.api.oidc_parts import OidcParts
from havre.edge.api.registry_parts import RegistryParts
from havre.edge.api.replication_parts import ReplicationParts
from havre.edge.api.request import ApiRequest
from havre.edge.api.retention_parts import RetentionParts
from havre.edge.api.robot_parts import RobotParts
from havre.edge.api.scan_parts import ScanParts
from havre.edge.api.session_parts import SessionParts
from havre.edge.api.trust_parts import TrustPolicyParts
from havre.edge.identity import Identity
from havre.kernel.actor import Actor
from havre.projects import CreateProject, DeleteProject, Metadata, Projects, SystemAllowlist, UpdateProject
from havre.registry import Browse, Collections, Statistics
from havre.system import Facts, Health, ReadOnlyMode


class Volume(Protocol):
    """The room of one place where bytes are kept."""

    @property
    def total_bytes(self) -> int:
        """How much there is in all."""

    @property
    def free_bytes(self) -> int:
        """How much is left."""


class Volumes(Protocol):
    """Tells administrators how much room is left."""

    async def report(self, actor: Actor) -> Sequence[Volume]:
        """List the places. Raises: Unauthenticated, Denied."""


@dataclass(frozen=True, slots=True)
class ApiParts:
    """The use cases behind the operations, one name each."""

    identity: Identity
    refusals: Refusals
    access: Access
    users: Users
    create_user: CreateUser
    update_user: UpdateUser
    delete_user: DeleteUser
    change_password: ChangePassword
    members: Members
    change_members: ChangeMembers
    user_groups: UserGroups
    change_groups: ChangeGroups
    projects: Projects
    create_project: CreateProject
    update_project: UpdateProject
    delete_project: DeleteProject
    browse: Browse
    registry: RegistryParts
    collections: Collections
    audit: Search
    purges: Purges
    health: Health
    facts: Facts
    volumes: Volumes
    read_only: ReadOnlyMode
    configure: ConfigureParts
    ldap: LdapParts
    jobs: JobsParts
    session: SessionParts
    oidc: OidcParts
    robot: RobotParts
    retention: RetentionParts
    scan: ScanParts
    metadata: Metadata
    allowlist: SystemAllowlist
    statistics: Statistics
    immutable: ImmutableParts
    replication: ReplicationParts
    trust: TrustPolicyParts


Handler = Callable[[ApiParts, ApiRequest], Awaitable[Response]]
Handlers = Mapping[str, Handler]
