"""Allowlists of CVEs on both engines."""

from havre.access import Access, create_first_admin
from havre.access.passwords import Passwords
from havre.adapters.database import open_database
from havre.adapters.vault import Vault
from havre.audit import AuditJournal
from havre.kernel.actor import Actor, ActorKind
from havre.kernel.work import Database
from havre.projects import CreateProject, DeleteProject, Projects, SystemAllowlist, UpdateProject
from havre.projects.allowlists import NewAllowlist
from havre.projects.model import NewProject, ProjectChanges
from havre.system import Configuration
from kit.clock import WoundClock

_ADMIN = Actor(ActorKind.USER, "admin", user_id=1, is_admin=True)


async def test_lists_are_overwritten_and_go_with_their_project(url: str) -> None:
    clock = WoundClock()
    database = open_database(url, AuditJournal(clock))
    try:
        await _overwrite_and_delete(database, clock)
    finally:
        await database.close()


async def _overwrite_and_delete(database: Database, clock: WoundClock) -> None:
    access = Access(database)
    await create_first_admin(database, Passwords(memory_kib=64), clock, "Harbour-Test-1")
    system = SystemAllowlist(database, clock)
    create = CreateProject(database, clock, Configuration(database, Vault(bytes(32))))
    project = await create.create(_ADMIN, NewProject("demo", allowlist=NewAllowlist(["CVE-1"], 7)))

    await system.overwrite(_ADMIN, NewAllowlist(["CVE-8"]))
    await system.overwrite(_ADMIN, NewAllowlist(["CVE-9"], 5))
    changed = ProjectChanges(allowlist=NewAllowlist(["CVE-2", "CVE-3"]))
    await UpdateProject(database, access, clock).update(_ADMIN, "demo", changed)
    shown = await Projects(database, access).get(_ADMIN, project.id)

    assert (await system.read(_ADMIN)).held == NewAllowlist(["CVE-9"], 5)
    assert shown.allowlist is not None
    assert shown.allowlist.held == NewAllowlist(["CVE-2", "CVE-3"])
    await DeleteProject(database, access).delete(_ADMIN, "demo")
    async with database.read() as reader:
        rows = await reader.all("SELECT cves FROM cve_allowlist ORDER BY id")
    assert [row.cves for row in rows] == ['["CVE-9"]']
