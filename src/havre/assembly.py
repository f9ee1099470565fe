"""The only place where concrete parts meet: Settings -> a prepared data directory and the application."""

import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from havre import __version__
from havre.access import (
    Access,
    ChangeMembers,
    ChangePassword,
    CreateUser,
    DeleteUser,
    Login,
    Members,
    Passwords,
    RefreshTokens,
    Refusals,
    Tokens,
    UpdateUser,
    Users,
    create_first_admin,
)
from havre.adapters.blobs.filesystem import FilesystemBlobStore
from havre.adapters.database.open import open_database, prepare_database
from havre.adapters.probe import StorageProbe
from havre.adapters.vault import Vault, open_vault
from havre.audit import AuditJournal, Search
from havre.edge.api.app import ApiParts, build_api
from havre.edge.http import Doors, HttpApp
from havre.edge.identity import Identity
from havre.edge.oci import OciDoor, OciParts
from havre.edge.token import TokenEndpoint
from havre.jobs import Runner, Schedule
from havre.kernel.clock import SystemClock
from havre.kernel.errors import StartRefused, Unavailable
from havre.kernel.secret import Secret
from havre.kernel.work import Database
from havre.projects import CreateProject, DeleteProject, Projects, UpdateProject, create_library
from havre.registry import (
    Browse,
    Catalog,
    Check,
    CountPulls,
    Delete,
    Finish,
    Mount,
    Pull,
    Push,
    Referrers,
    Sweep,
    Tags,
    Uploads,
)
from havre.settings import Settings
from havre.system import DatabaseProbe, Facts, Health, SystemFacts, Volumes, claim_instance

KEY_FILE: Final = "master.key"


@dataclass(frozen=True, slots=True)
class _Ground:
    """What everything else stands on."""

    settings: Settings
    clock: SystemClock
    journal: AuditJournal
    database: Database
    blobs: FilesystemBlobStore
    vault: Vault
    access: Access


async def prepare(settings: Settings) -> Secret | None:
    """Make or upgrade the data directory; returns the admin's password when it was made up just now.

    Raises: StartRefused with one sentence.
    """
    _prepare_directory(settings)
    vault = _open_vault(settings)
    prepare_database(settings.resolved_database_url)
    ground = _lay_ground(settings, vault)
    try:
        await claim_instance(ground.database, vault)
        given = settings.admin_password.reveal() if settings.admin_password else None
        password = await create_first_admin(ground.database, Passwords(), ground.clock, given)
        await create_library(ground.database, ground.clock)
    except Unavailable as error:
        raise StartRefused(f"{error}: check the space and the permissions of {settings.data}") from error
    finally:
        await ground.database.close()
    return Secret(password) if password is not None else None


def _prepare_directory(settings: Settings) -> None:
    data = settings.data
    if data.exists() and not data.is_dir():
        raise StartRefused(f"the data directory {data} is no directory: name another with --data")
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise StartRefused(f"the data directory {data} cannot be made: {error.strerror}") from error
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        raise StartRefused(f"the data directory {data} cannot be read and written by this user")
    for file in (settings.tls_cert, settings.tls_key):
        if file is not None and not file.is_file():
            raise StartRefused(f"the TLS file {file} is not there, or is no file")


def _open_vault(settings: Settings) -> Vault:
    path = settings.data / KEY_FILE
    is_new = not any((settings.data / name).exists() for name in ("havre.db", "blobs"))
    if settings.master_key is None and not path.exists() and not is_new:
        raise StartRefused(
            f"the key file {path} is missing although {settings.data} holds data: "
            "put it back from the backup, or set HAVRE_MASTER_KEY to its content"
        )
    return open_vault(path, settings.master_key.reveal() if settings.master_key else None)


def _lay_ground(settings: Settings, vault: Vault) -> _Ground:
    clock = SystemClock()
    journal = AuditJournal(clock, on_flush=[CountPulls(clock)])
    database = open_database(settings.resolved_database_url, journal)
    blobs = FilesystemBlobStore(settings.data)
    return _Ground(settings, clock, journal, database, blobs, vault, Access(database))


def build_app(settings: Settings) -> HttpApp:
    """Build the application of one serving process over a prepared data directory."""
    ground = _lay_ground(settings, _open_vault(settings))
    passwords = Passwords()
    login = Login(ground.database, passwords, settings.access)
    tokens = Tokens(ground.database, ground.vault, ground.clock, settings.access)
    identity = Identity(login, tokens)
    refresh = RefreshTokens(ground.database, ground.clock, settings.access)
    sweep = Sweep(ground.database, ground.blobs, ground.clock)
    runner = Runner(
        ground.database,
        ground.clock,
        settings.jobs,
        handlers={},
        schedules=[Schedule("registry.sweep", settings.registry.sweep_every_s, sweep.run)],
    )

    async def start() -> None:
        _settle_memory()
        await ground.journal.start(ground.database)
        await runner.start()

    async def stop() -> None:
        await runner.stop()
        await ground.journal.stop()
        await ground.database.close()

    return HttpApp(
        Doors(
            oci=OciDoor(_oci_parts(ground, identity)),
            token=TokenEndpoint(login, tokens, refresh),
            api=build_api(_api_parts(ground, identity, login, passwords)),
            start=start,
            stop=stop,
        )
    )


def _settle_memory() -> None:
    """Spare the cycle collector what lives as long as the process, and let it run less often.

    Requests leave hardly a cycle behind; walking the modules again and again costs 10 % of a pull.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def _oci_parts(ground: _Ground, identity: Identity) -> OciParts:
    database, access, clock = ground.database, ground.access, ground.clock
    limits = ground.settings.registry
    uploads = Uploads(database, ground.blobs, access, clock, limits)
    return OciParts(
        identity=identity,
        pull=Pull(database, ground.blobs, access, ground.journal),
        push=Push(database, access, clock, limits),
        uploads=uploads,
        finish=Finish(database, ground.blobs, access, clock, limits, uploads),
        mount=Mount(database, access, clock, limits),
        tags=Tags(database, access),
        catalog=Catalog(database, access),
        referrers=Referrers(database, access),
        delete=Delete(database, access, clock, limits),
        refusals=Refusals(database),
        external_url=ground.settings.external_url,
    )


def _api_parts(ground: _Ground, identity: Identity, login: Login, passwords: Passwords) -> ApiParts:
    database, access, clock, settings = ground.database, ground.access, ground.clock, ground.settings
    facts = SystemFacts(
        version=__version__,
        external_url=settings.external_url or "",
        registry_url=(settings.external_url or "").partition("://")[2].rstrip("/"),
        project_creation=settings.projects.creation,
        self_registration=settings.access.self_registration,
    )
    return ApiParts(
        identity=identity,
        refusals=Refusals(database),
        access=access,
        users=Users(database),
        create_user=CreateUser(database, passwords, clock, settings.access),
        update_user=UpdateUser(database, clock),
        delete_user=DeleteUser(database),
        change_password=ChangePassword(database, login, passwords, clock),
        members=Members(database, access),
        change_members=ChangeMembers(database, access, clock),
        projects=Projects(database, access),
        create_project=CreateProject(database, clock, settings.projects),
        update_project=UpdateProject(database, access, clock),
        delete_project=DeleteProject(database, access),
        browse=Browse(database, access),
        audit=Search(database, access),
        health=Health({"database": DatabaseProbe(database), "storage": StorageProbe(ground.blobs)}),
        facts=Facts(facts, clock),
        volumes=Volumes(settings.data),
    )


def _refuse_empty(settings: Settings) -> None:
    if settings.database_url is None and not (settings.data / "havre.db").exists():
        raise StartRefused(f"{settings.data} holds no Havre database: name the right directory with --data")
    if not (settings.data / "blobs").is_dir():
        raise StartRefused(f"{settings.data} holds no blobs directory: name the right directory with --data")


@asynccontextmanager
async def open_for_check(settings: Settings) -> AsyncIterator[Check]:
    """Open an existing data directory for `havre check`; it may be served at the same time.

    Raises: StartRefused.
    """
    _refuse_empty(settings)
    prepare_database(settings.resolved_database_url)
    ground = _lay_ground(settings, _open_vault(settings))
    try:
        yield Check(ground.database, ground.blobs)
    finally:
        await ground.database.close()
