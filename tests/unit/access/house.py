"""The rooms of access and projects over a real SQLite file, for their tests."""

import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from tempfile import mkdtemp

from havre.access import (
    Access,
    AccessSettings,
    ChangeGroups,
    ChangeMembers,
    ChangePassword,
    CreateUser,
    DeleteUser,
    Login,
    NewUser,
    Onboard,
    Passwords,
    RefreshTokens,
    RememberGroups,
    Tokens,
    UpdateUser,
    UserGroups,
    Users,
    create_first_admin,
    parse_scopes,
)
from havre.adapters.database import open_database, prepare_database
from havre.adapters.vault import Vault
from havre.kernel.actor import Actor, Origin
from havre.kernel.events import Event
from havre.kernel.work import Work
from havre.projects import CreateProject, DeleteProject, Projects, UpdateProject
from havre.projects.model import NewProject
from havre.system import Configuration

PASSWORD = "Harbour-Test-1"
ORIGIN = Origin("192.0.2.7", "docker/28.2", "r1")


@dataclass
class WoundClock:
    """A clock that goes when the test winds it."""

    moment: datetime = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The present moment."""
        return self.moment

    def wind(self, by: timedelta) -> None:
        """Let time pass."""
        self.moment += by


@dataclass
class Recorder:
    """A journal that keeps what was announced and committed."""

    events: list[Event] = field(default_factory=list)

    async def record(self, work: Work, events: Sequence[Event]) -> None:
        """Keep the events."""
        self.events.extend(events)

    def names(self) -> list[str]:
        """What happened, in order."""
        return [event.name for event in self.events]


class House:
    """Everything wired as assembly does it, with the first administrator in place."""

    def __init__(self, url: str, settings: AccessSettings, key: bytes) -> None:
        self.settings = settings
        self.journal = Recorder()
        self.clock = WoundClock()
        self.database = open_database(url, self.journal)
        self.passwords = Passwords(memory_kib=64)  # cheap: these tests check passwords hundreds of times
        self.access = Access(self.database)
        self.login = Login(self.database, self.passwords, settings)
        self.vault = Vault(key)
        self.tokens = Tokens(self.database, self.vault, self.clock, settings)
        self.refresh = RefreshTokens(self.database, self.clock, settings)
        self.users = Users(self.database)
        self.create_user = CreateUser(self.database, self.passwords, self.clock)
        self.update_user = UpdateUser(self.database, self.clock)
        self.delete_user = DeleteUser(self.database)
        self.change_password = ChangePassword(self.database, self.login, self.passwords, self.clock)
        self.members = ChangeMembers(self.database, self.access, self.clock)
        self.user_groups = UserGroups(self.database)
        self.change_groups = ChangeGroups(self.database, self.clock)
        self.remember_groups = RememberGroups(self.database, self.clock)
        self.onboard = Onboard(self.database, self.remember_groups, self.clock)

    @cached_property
    def projects(self) -> Projects:
        """Reading projects."""
        return Projects(self.database, self.access)

    @cached_property
    def create_project(self) -> CreateProject:
        """Creating projects, for everyone."""
        return CreateProject(self.database, self.clock, Configuration(self.database, self.vault))

    @cached_property
    def update_project(self) -> UpdateProject:
        """Changing projects."""
        return UpdateProject(self.database, self.access, self.clock)

    @cached_property
    def delete_project(self) -> DeleteProject:
        """Deleting projects."""
        return DeleteProject(self.database, self.access)

    async def admin(self) -> Actor:
        """Log the first administrator in."""
        return await self.login.by_password("admin", PASSWORD, ORIGIN)

    async def person(self, name: str) -> Actor:
        """Create somebody and log them in."""
        await self.create_user.create(await self.admin(), NewUser(name, PASSWORD))
        return await self.login.by_password(name, PASSWORD, ORIGIN)

    async def project(self, name: str, *, is_public: bool = False) -> int:
        """Create a project of the administrator's."""
        return (await self.create_project.create(await self.admin(), NewProject(name, is_public))).id

    async def epoch(self) -> int:
        """Read the epoch of rights."""
        row = await self.database.hot("SELECT epoch FROM access_epoch WHERE id = 1", {})
        assert row is not None
        return int(row[0])

    async def token(self, actor: Actor, *scopes: str) -> str:
        """Issue a token for scopes."""
        return (await self.tokens.issue(actor, parse_scopes(scopes))).token


@asynccontextmanager
async def open_house(
    path: Path, settings: AccessSettings | None = None, url: str | None = None
) -> AsyncIterator[House]:
    """Open a house on the file at `path`, made on the first call; a second call is a second process.

    With `url` it stands on that database, which holds the schema.
    """
    if url is None:
        _lay(path)
    house = House(url or f"sqlite:///{path}", settings or AccessSettings(), bytes(32))
    try:
        await create_first_admin(house.database, house.passwords, house.clock, PASSWORD)
        yield house
    finally:
        await house.database.close()


def _lay(path: Path) -> None:
    if not path.exists():
        shutil.copyfile(_template(), path)


@lru_cache(maxsize=1)
def _template() -> Path:
    path = Path(mkdtemp(prefix="havre-test-")) / "template.db"
    prepare_database(f"sqlite:///{path}")
    return path
