"""The REST API over a real SQLite file, in process, with a scene of people, projects and one repository.

The scene is built once through the use cases and copied for each test.

    demo (private), open (public): a member for each role, `target` as a guest, the group `team` as one
    robot$demo+ci and robot$open+ci, which pull
    an immutable tag rule for kept-* in each; a retention policy that keeps 10, with a run that waits
    registries demo-peer, open-peer, target; rules demo and open to target with a run that waits, and two idle
    {demo,open}/team/app: an image tagged v1 and latest, an untagged one, an index `multi` with one child
"""

import asyncio
import base64
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import httpx
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from havre.access import (
    Access,
    AccessSettings,
    AccountExists,
    ChangeGroups,
    ChangeMembers,
    ChangePassword,
    CliSecrets,
    CreateRobot,
    CreateUser,
    DeleteRobot,
    DeleteUser,
    ImportUsers,
    Login,
    ManageSessions,
    Members,
    NewRobot,
    NewUser,
    Onboard,
    Passwords,
    PermissionKind,
    PingOidc,
    RefreshRobot,
    Refusals,
    RememberGroups,
    RobotLevel,
    RobotPermission,
    Robots,
    RobotSecrets,
    SearchDirectory,
    Sessions,
    Tokens,
    UpdateRobot,
    UpdateUser,
    UserGroups,
    Users,
    create_first_admin,
    parse_group,
    require_system,
)
from havre.access.model import Role
from havre.access.ports import LdapSettings
from havre.adapters.anchor import FileAnchor
from havre.adapters.blobs.filesystem import FilesystemBlobStore
from havre.adapters.database.horizon import SqliteHorizon
from havre.adapters.database.migrate import prepare_sqlite
from havre.adapters.database.sqlite import SqliteDatabase
from havre.adapters.identity.oidc import OidcClient
from havre.adapters.outgoing import Outgoing
from havre.adapters.vault import Vault
from havre.assembly.immutable import immutable_parts
from havre.assembly.registry import registry_parts
from havre.assembly.replication import replication_parts
from havre.assembly.retention import retention_parts
from havre.assembly.rules import access_rules
from havre.assembly.scanning import Scanning, scan_parts
from havre.assembly.signin import secure_scope
from havre.assembly.signing import trust_policy_parts
from havre.audit import AuditJournal, Purge, Purges, SealKeys, SealRows, Search
from havre.edge.api.app import ApiParts, build_api
from havre.edge.api.configure_parts import ConfigureParts
from havre.edge.api.jobs_parts import JobsParts
from havre.edge.api.ldap_parts import LdapParts
from havre.edge.api.oidc_parts import OidcParts
from havre.edge.api.robot_parts import RobotParts
from havre.edge.api.session_parts import SessionParts
from havre.edge.csrf import CsrfGuard
from havre.edge.http import Doors, HttpApp
from havre.edge.identity import Identity
from havre.edge.sessions import SessionCookie
from havre.edge.signin import SignInDoor, SignInParts
from havre.jobs import (
    Cause,
    JobOptions,
    JobsSettings,
    MonitorJobs,
    NewExecution,
    SteerJobs,
    end_execution,
    enqueue,
    start_execution,
)
from havre.kernel.actor import Actor, Origin
from havre.kernel.addresses import Reach
from havre.kernel.clock import SystemClock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName, Tag
from havre.kernel.secret import Secret
from havre.kernel.traffic import Traffic
from havre.kernel.work import Work
from havre.projects import CreateProject, DeleteProject, Metadata, Projects, SystemAllowlist, UpdateProject
from havre.projects.model import NewProject
from havre.registry import Browse, Collections, Gates, LabelWords, Pull, Quota, RegistrySettings, Statistics
from havre.replication import Credential, EndpointWords, PolicyWords
from havre.replication.start import RepositoryOrder, start_orders
from havre.retention import KIND as RETENTION
from havre.retention import TASK_KIND as RETENTION_TASK
from havre.retention import ImmutableTags, NewPolicy, Rule, RuleWords, Selector
from havre.scanning import export_store, scanner_store
from havre.scanning.exports import EXPORT_KIND
from havre.scanning.scanner_model import ScannerWords
from havre.system import (
    Build,
    Configuration,
    DatabaseProbe,
    Facts,
    Health,
    ReadConfiguration,
    ReadOnlyMode,
    UpdateConfiguration,
)
from kit.directory import URL, MemoryDirectory
from kit.registries import SimulatedOpeners
from kit.scanner_adapter import REPORT, adapter_url
from unit.edge.api.counting import CountingDatabase

SCANNER = "0b1c2d3e-0000-4000-8000-000000000001"  # the uuid of the scanner that is another programme
EXPORTED = "RowId\n"
PASSWORD = "Harbour-Test-1"
ACCOUNT = Credential("basic", "porter", Secret("kept-secret"))
ROLES = {role.word: role for role in Role}
IMAGE, UNTAGGED, INDEX, CHILD = (str(Digest.of(word)) for word in (b"image", b"untagged", b"index", b"child"))
_OCI = "application/vnd.oci.image"
CONFIG = b'{"architecture":"amd64","history":[{"created_by":"COPY app /"}]}'
_CONFIG_DIGEST = Digest.of(CONFIG)
_CONFIG_KEY = f"blobs/{_CONFIG_DIGEST.hex[:2]}/{_CONFIG_DIGEST.hex}.{'0' * 26}"
_IMAGE_BODY = json.dumps(
    {
        "schemaVersion": 2,
        "config": {
            "mediaType": f"{_OCI}.config.v1+json",
            "digest": str(_CONFIG_DIGEST),
            "size": len(CONFIG),
        },
        "layers": [],
    }
).encode()
_INDEX_BODY = b'{"schemaVersion":2,"manifests":[]}'


@dataclass(frozen=True, slots=True)
class Room:
    """One place with room."""

    total_bytes: int
    free_bytes: int


class Disk:
    """Stands for the system's volumes."""

    async def report(self, actor: Actor) -> Sequence[Room]:
        """Tell administrators about one disk."""
        require_system(actor, "system-volumes", "read")
        return [Room(100, 40)]


class Instance:
    """Everything wired as assembly does it."""

    def __init__(self, path: Path) -> None:
        clock, settings = SystemClock(), AccessSettings()
        journal = AuditJournal(clock)
        self.database = CountingDatabase(SqliteDatabase(path, journal))
        self.blobs = FilesystemBlobStore(path.parent)
        self.passwords = Passwords()
        # Real argon2, small: the scene logs in often.
        self.passwords._hash = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
        self.clock = clock
        configuration = Configuration(self.database, Vault(bytes(32)))
        rules = access_rules(configuration)
        robots = RobotSecrets(self.database, self.passwords, clock, rules)
        login = Login(self.database, self.passwords, settings, before=[robots])
        self.tokens = Tokens(self.database, Vault(bytes(32)), clock, settings, rules)
        access = Access(self.database)
        onboard = Onboard(self.database, RememberGroups(self.database, clock), clock)
        self.directory = MemoryDirectory()
        self.directory.add("ldapling", PASSWORD, "ldap-team")
        keys = SealKeys(self.database, Vault(bytes(32)), clock)
        anchor = FileAnchor(path.parent)
        seal = SealRows(self.database, SqliteHorizon(self.database), anchor, keys, clock)
        rules = access_rules(configuration)
        self.sessions = Sessions(self.database, Vault(bytes(32)), clock, rules)
        identity = Identity(login, self.tokens, [SessionCookie(self.sessions)])
        self.openers = SimulatedOpeners()
        gates = Gates(Quota(self.database, clock, configuration), ImmutableTags())
        self.parts = ApiParts(
            refusals=Refusals(self.database, access),
            identity=identity,
            access=access,
            users=Users(self.database),
            create_user=CreateUser(self.database, self.passwords, clock, access_rules(configuration)),
            update_user=UpdateUser(self.database, clock),
            delete_user=DeleteUser(self.database),
            change_password=ChangePassword(self.database, login, self.passwords, clock),
            members=Members(self.database, access),
            change_members=ChangeMembers(self.database, access, clock),
            user_groups=UserGroups(self.database),
            change_groups=ChangeGroups(self.database, clock),
            projects=Projects(self.database, access),
            create_project=CreateProject(self.database, clock, configuration),
            update_project=UpdateProject(self.database, access, clock),
            delete_project=DeleteProject(self.database, access),
            browse=Browse(self.database, access, gates.tags),
            registry=registry_parts(
                self.database,
                self.blobs,
                access,
                clock,
                RegistrySettings(),
                gates,
            ),
            collections=Collections(self.database, clock),
            audit=Search(self.database, access),
            purges=Purges(self.database, clock, Purge(self.database, seal, keys, clock)),
            health=Health({"database": DatabaseProbe(self.database)}),
            facts=Facts(Build(version="v2.0-havre", external_url="http://127.0.0.1"), configuration, clock),
            volumes=Disk(),
            oidc=OidcParts(
                PingOidc(OidcClient(Outgoing())), CliSecrets(self.database, Vault(bytes(32)), clock)
            ),
            session=SessionParts(ManageSessions(self.database, clock, rules)),
            read_only=ReadOnlyMode(configuration),
            configure=ConfigureParts(
                ReadConfiguration(configuration), UpdateConfiguration(self.database, configuration)
            ),
            jobs=JobsParts(
                MonitorJobs(self.database, clock, JobsSettings()), SteerJobs(self.database, clock)
            ),
            ldap=LdapParts(
                SearchDirectory(self.directory, _ldap_settings),
                ImportUsers(self.directory, _ldap_settings, onboard),
            ),
            robot=RobotParts(
                robots=Robots(self.database, access, rules),
                create=CreateRobot(self.database, access, self.passwords, clock, rules),
                update=UpdateRobot(self.database, access, clock, rules),
                refresh=RefreshRobot(self.database, access, self.passwords, clock, rules),
                delete=DeleteRobot(self.database, access, rules),
            ),
            retention=retention_parts(self.database, access, clock),
            scan=scan_parts(
                Scanning(
                    self.database,
                    access,
                    clock,
                    Pull(self.database, self.blobs, access, journal),
                    Vault(bytes(32)),
                    Reach(),
                )
            ),
            metadata=Metadata(self.database, access, clock),
            allowlist=SystemAllowlist(self.database, clock),
            statistics=Statistics(self.database, access),
            immutable=immutable_parts(self.database, access, clock),
            replication=replication_parts(self.database, Vault(bytes(32)), self.openers, clock),
            trust=trust_policy_parts(
                self.database, access, clock, Pull(self.database, self.blobs, access, journal)
            ),
        )
        is_secure = secure_scope(None)
        api = CsrfGuard(build_api(self.parts), is_secure, is_always=False)
        accounts = AccountExists(self.database, rules)
        signin = CsrfGuard(
            SignInDoor(SignInParts(identity, login, self.sessions, accounts, is_secure)),
            is_secure,
            is_always=True,
        )
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(
                HttpApp(Doors(api, api, api, signin, _nothing, _nothing), Traffic())
            ),
            base_url="http://havre.test",
        )

    async def ask(
        self,
        method: str,
        path: str,
        who: str = "",
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Send a request to the API as somebody of the scene; nobody is anonymous."""
        all_headers = {"X-Scan-Data-Type": REPORT, **(headers or {}), **(basic(who) if who else {})}
        target = path if path.startswith("/api") else f"/api/v2.0{path}"
        return await self.client.request(method, target, json=body, headers=all_headers)

    async def actor(self, who: str) -> Actor:
        """Log somebody of the scene in."""
        return await self.parts.identity.identify(basic(who)["Authorization"], Origin())

    async def close(self) -> None:
        """Let everything go."""
        await self.client.aclose()
        await self.database.close()


def basic(who: str) -> dict[str, str]:
    """Make the Authorization header of somebody of the scene."""
    return {"Authorization": "Basic " + base64.b64encode(f"{who}:{PASSWORD}".encode()).decode()}


@asynccontextmanager
async def open_instance(directory: Path) -> AsyncIterator[Instance]:
    """Open a copy of the scene in `directory`."""
    path = directory / "havre.db"
    shutil.copyfile(await asyncio.to_thread(_scene), path)
    (directory / _CONFIG_KEY).parent.mkdir(parents=True, exist_ok=True)
    (directory / _CONFIG_KEY).write_bytes(CONFIG)
    instance = Instance(path)
    try:
        yield instance
    finally:
        await instance.close()


async def _ldap_settings() -> LdapSettings:
    return LdapSettings(url=URL, search_dn="cn=reader", search_password=Secret("kept"), base_dn="dc=test")


async def _nothing() -> None:
    pass


@cache
def _scene() -> Path:
    path = Path(mkdtemp(prefix="havre-api-test-")) / "scene.db"
    prepare_sqlite(path)
    asyncio.run(_furnish(path))
    return path


async def _furnish(path: Path) -> None:
    instance = Instance(path)
    parts, database = instance.parts, instance.database
    await create_first_admin(database, instance.passwords, instance.clock, PASSWORD)
    admin = await instance.actor("admin")
    for name in (*ROLES, "target", "plain"):
        await parts.create_user.create(admin, NewUser(name, PASSWORD))
    for name, is_public in (("demo", False), ("open", True)):
        project = await parts.create_project.create(admin, NewProject(name, is_public, {"auto_scan": "true"}))
        for word, role in {**ROLES, "target": Role.GUEST}.items():
            await parts.change_members.add(admin, project.id, word, role)
        await parts.change_members.add_group(admin, project.id, parse_group(3, "team"), Role.GUEST)
        async with database.write() as work:
            await _push(work, project.id, f"{name}/team/app")
        pull = RobotPermission(PermissionKind.PROJECT, name, [("repository", "pull")])
        await parts.robot.create.create(admin, NewRobot("ci", RobotLevel.PROJECT, [pull]))
        kept, everywhere = (
            Selector("doublestar", "matches", "kept-*"),
            Selector("doublestar", "repoMatches", "**"),
        )
        await parts.immutable.change.create(admin, project.id, RuleWords((kept,), (everywhere,)))
        registry, repository = parts.registry, RepositoryName(f"{name}/team/app")
        ours = await registry.change_labels.create(admin, project.id, LabelWords("ours"))
        await registry.change_labels.create(admin, project.id, LabelWords("free", color="#00FF00"))
        await registry.label_artifacts.add(admin, repository, Tag("v1"), ours)
    async with database.write() as work:
        await enqueue(work, instance.clock, "SCENE", {})
    for project_id in (1, 2):
        await _retain(instance, admin, project_id)
    await _replicate(instance, admin)
    await _scan(instance)
    await instance.close()


async def _scan(instance: Instance) -> None:
    """Make a scanner that is another programme, and an export of each project with its file."""
    async with instance.database.write() as work:
        await scanner_store.add(work, SCANNER, ScannerWords("probe", adapter_url()), None, 1)
        for project_id in (1, 2):
            new = NewExecution(EXPORT_KIND, 1, extra={"user_name": "admin", "project_id": project_id})
            number = await start_execution(work, instance.clock, new)
            await export_store.add_piece(work, number, 0, EXPORTED, to_micros(instance.clock.now()))
            await end_execution(work, instance.clock, number)


async def _retain(instance: Instance, admin: Actor, project_id: int) -> None:
    """Give a project its policy, and a run of it with a task that waits."""
    everything = Selector("doublestar", "matches", "**"), Selector("doublestar", "repoMatches", "**")
    rule = Rule("latestPushedK", {"latestPushedK": 10}, everything[:1], everything[1:])
    policy_id = await instance.parts.retention.change.create(admin, project_id, NewPolicy((rule,)))
    async with instance.database.write() as work:
        execution = await start_execution(work, instance.clock, NewExecution(RETENTION, policy_id))
        shown = {"repository": "team/app", "total": 0, "retained": 0}
        options = JobOptions(execution_id=execution, extra=shown)
        await enqueue(work, instance.clock, RETENTION_TASK, {"vendor_id": policy_id}, options)


async def _replicate(instance: Instance, admin: Actor) -> None:
    """Make registries 1 and 2, which nothing uses, rules 1 and 2 to registry 3 with a run, 3 and 4 idle."""
    parts = instance.parts.replication
    for name in ("demo-peer", "open-peer", "target"):
        words = EndpointWords(name, "harbor", f"https://{name}.test", credential=ACCOUNT)
        await parts.change_endpoints.create(admin, words)
    policies = [
        await parts.change_policies.create(admin, PolicyWords(name, target_id=3))
        for name in ("demo", "open", "demo-idle", "open-idle")
    ]
    for policy_id in policies[:2]:
        shown = await parts.policies.get(admin, policy_id)
        async with instance.database.write() as work:
            order = RepositoryOrder("demo/team/app")
            await start_orders(work, instance.clock, shown.policy, Cause.MANUAL, [order])


async def _push(work: Work, project_id: int, name: str) -> None:
    """Put down the rows that pushes would leave."""
    row = await work.first(
        """INSERT INTO repository (project_id, name, created_at, updated_at, first_pushed_at)
           VALUES (:project, :name, 1, 1, 1) RETURNING id""",
        {"project": project_id, "name": name},
    )
    assert row is not None
    blob: dict[str, str | int] = {"digest": str(_CONFIG_DIGEST), "key": _CONFIG_KEY, "size": len(CONFIG)}
    await work.run(
        """INSERT INTO blob (digest, key, size, created_at) VALUES (:digest, :key, :size, 1)
           ON CONFLICT DO NOTHING""",
        blob,
    )
    await work.run(
        "INSERT INTO repo_blob (repo_id, digest, created_at, lease_until) VALUES (:repo, :digest, 1, 1)",
        {"repo": row.id, "digest": str(_CONFIG_DIGEST)},
    )
    for digest, kind, config, artifact in (
        (IMAGE, "manifest", f"{_OCI}.config.v1+json", "IMAGE"),
        (UNTAGGED, "manifest", "application/vnd.cncf.helm.config.v1+json", "CHART"),
        (CHILD, "manifest", f"{_OCI}.config.v1+json", "IMAGE"),
        (INDEX, "index", None, "IMAGE"),
    ):
        await work.run(
            "INSERT INTO manifest_body (digest, body) VALUES (:digest, :body) ON CONFLICT DO NOTHING",
            {"digest": digest, "body": _INDEX_BODY if kind == "index" else _IMAGE_BODY},
        )
        await work.run(
            """INSERT INTO manifest (repo_id, digest, media_type, config_media_type, size, total_size,
                   annotations, pushed_by, pushed_at, project_id, kind, is_listed)
               VALUES (:repo, :digest, :type, :config, 2, 1002, '{"a":"b"}', 'admin', 1, :project, :kind,
                   :listed)""",
            {
                "repo": row.id,
                "digest": digest,
                "type": f"{_OCI}.{kind}.v1+json",
                "config": config,
                "project": project_id,
                "kind": artifact,
                "listed": digest != CHILD,
            },
        )
        await work.run(
            """INSERT INTO artifact_facts (digest, attributes) VALUES (:digest, :attributes)
               ON CONFLICT DO NOTHING""",
            {"digest": digest, "attributes": '{"architecture":"amd64","config":{"Cmd":["/app"]}}'},
        )
    await work.run(
        """INSERT INTO manifest_ref (repo_id, parent, kind, child, position, media_type, size, extra)
           VALUES (:repo, :parent, 'manifest', :child, 0, 'x', 2,
                   '{"platform":{"architecture":"arm64","os":"linux"}}')""",
        {"repo": row.id, "parent": INDEX, "child": CHILD},
    )
    for tag, digest in (("v1", IMAGE), ("latest", IMAGE), ("multi", INDEX)):
        await work.run(
            """INSERT INTO tag (repo_id, name, digest, created_at, updated_at)
               VALUES (:repo, :tag, :digest, 1, 1)""",
            {"repo": row.id, "tag": tag, "digest": digest},
        )
