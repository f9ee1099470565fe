"""The first start: the public project `library`, where images without a project's name live."""

from typing import Final

from havre.access import add_member, raise_epoch
from havre.access.model import FIRST_ADMIN_ID, Role
from havre.kernel.actor import system
from havre.kernel.clock import Clock
from havre.kernel.work import Database
from havre.projects import store
from havre.projects.events import ProjectCreated
from havre.projects.model import NewProject

LIBRARY: Final = "library"
_MARK: Final = "library_created"


async def create_library(database: Database, clock: Clock) -> None:
    """Create `library` at the first start; once an operator deleted it, it stays away."""
    async with database.read() as reader:
        if await store.is_marked(reader, _MARK):
            return
    now = clock.now()
    async with database.write() as work:
        if not await store.mark(work, _MARK):
            return  # another process was faster
        number = await store.add_project(
            work, LIBRARY, (FIRST_ADMIN_ID, "admin"), now, NewProject(LIBRARY, is_public=True)
        )
        if number is None:
            return
        await add_member(work, number, FIRST_ADMIN_ID, Role.PROJECT_ADMIN, now)
        await raise_epoch(work)
        work.announce(
            ProjectCreated(actor=system("bootstrap"), resource=LIBRARY, project_id=number, is_public=True)
        )
