"""The use cases behind the REST API."""

from havre import __version__
from havre.access import (
    ChangeGroups,
    ChangeMembers,
    ChangePassword,
    CreateUser,
    DeleteUser,
    Login,
    ManageSessions,
    Members,
    Passwords,
    PingOidc,
    Refusals,
    UpdateUser,
    UserGroups,
    Users,
)
from havre.adapters.probe import StorageProbe
from havre.adapters.remotes.opener import RemoteOpener
from havre.assembly.audit import audit_tools
from havre.assembly.configuration import configure_parts
from havre.assembly.ground import Ground
from havre.assembly.immutable import immutable_parts
from havre.assembly.jobs import jobs_parts
from havre.assembly.ldap import ldap_parts
from havre.assembly.oidc import Oidc
from havre.assembly.registry import registry_parts
from havre.assembly.replication import replication_parts
from havre.assembly.retention import retention_parts
from havre.assembly.robots import robot_parts
from havre.assembly.rules import access_rules
from havre.assembly.scanning import Scanning, scan_parts
from havre.assembly.signing import trust_policy_parts
from havre.audit import Search
from havre.edge.api.oidc_parts import OidcParts
from havre.edge.api.parts import ApiParts
from havre.edge.api.session_parts import SessionParts
from havre.edge.identity import Identity
from havre.projects import CreateProject, DeleteProject, Metadata, Projects, SystemAllowlist, UpdateProject
from havre.registry import Browse, Collections, Pull, Statistics
from havre.system import Build, DatabaseProbe, Facts, Health, ReadOnlyMode, Volumes


def api_parts(ground: Ground, identity: Identity, login: Login, passwords: Passwords, oidc: Oidc) -> ApiParts:
    """Wire the use cases of the REST API."""
    database, access, clock, settings = ground.database, ground.access, ground.clock, ground.settings
    configuration = ground.configuration
    build = Build(
        version=__version__,
        external_url=settings.external_url or "",
        registry_url=(settings.external_url or "").partition("://")[2].rstrip("/"),
    )
    ldap = ldap_parts(ground)
    pull = Pull(database, ground.blobs, access, ground.journal)
    return ApiParts(
        identity=identity,
        refusals=Refusals(database, access),
        access=access,
        users=Users(database),
        create_user=CreateUser(database, passwords, clock, access_rules(configuration)),
        update_user=UpdateUser(database, clock),
        delete_user=DeleteUser(database),
        change_password=ChangePassword(database, login, passwords, clock),
        members=Members(database, access),
        change_members=ChangeMembers(database, access, clock, ldap.import_users),
        user_groups=UserGroups(database),
        change_groups=ChangeGroups(database, clock),
        projects=Projects(database, access),
        create_project=CreateProject(database, clock, configuration),
        update_project=UpdateProject(database, access, clock),
        delete_project=DeleteProject(database, access),
        browse=Browse(database, access, ground.gates.tags),
        registry=registry_parts(database, ground.blobs, access, clock, settings.registry, ground.gates),
        collections=Collections(database, clock),
        audit=Search(database, access),
        purges=audit_tools(ground).purges,
        health=Health({"database": DatabaseProbe(database), "storage": StorageProbe(ground.blobs)}),
        facts=Facts(build, configuration, clock),
        volumes=Volumes(settings.data),
        read_only=ReadOnlyMode(configuration),
        configure=configure_parts(ground),
        ldap=ldap,
        jobs=jobs_parts(ground),
        oidc=OidcParts(PingOidc(oidc.client), oidc.cli_secrets),
        session=SessionParts(ManageSessions(database, clock, access_rules(configuration))),
        robot=robot_parts(ground, passwords),
        retention=retention_parts(database, access, clock),
        scan=scan_parts(
            Scanning(
                database,
                access,
                clock,
                pull,
                ground.vault,
                settings.reach,
            )
        ),
        metadata=Metadata(database, access, clock),
        allowlist=SystemAllowlist(database, clock),
        statistics=Statistics(database, access),
        immutable=immutable_parts(database, access, clock),
        replication=replication_parts(
            database, ground.vault, RemoteOpener(ground.remote_reach, clock), clock
        ),
        trust=trust_policy_parts(database, access, clock, pull),
    )
