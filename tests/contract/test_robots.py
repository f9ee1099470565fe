"""Robots on both engines: made, logged in, turned over, held to their permissions, told of and gone."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest

from havre.access import (
    Access,
    AccessSettings,
    CreatedRobot,
    CreateRobot,
    DeleteRobot,
    Login,
    NewRobot,
    Passwords,
    PermissionKind,
    RefreshRobot,
    RobotChanges,
    RobotFilter,
    RobotLevel,
    RobotPermission,
    Robots,
    RobotSecrets,
    Tokens,
    UpdateRobot,
    WarnRobots,
    create_first_admin,
    parse_scopes,
)
from havre.access.errors import CredentialsWrong, RobotExists, RobotInvalid, RobotStopped, TokenInvalid
from havre.access.ports import AccessRules
from havre.adapters.database import open_database
from havre.adapters.vault import Vault
from havre.kernel.actor import Actor, ActorKind, Origin, Right
from havre.kernel.errors import Denied
from havre.kernel.events import Event
from havre.kernel.names import RepositoryName
from havre.kernel.pages import PageRequest
from havre.kernel.secret import Secret
from havre.kernel.work import Work
from havre.projects import CreateProject, DeleteProject, Projects
from havre.projects.model import NewProject, ProjectFilter
from havre.system import Configuration
from kit.clock import WoundClock

ADMIN = Actor(ActorKind.USER, "admin", user_id=1, is_admin=True)
ORIGIN = Origin("192.0.2.7")
APP = RepositoryName.parse("demo/app")
PULL, PUSH = ("repository", "pull"), ("repository", "push")


@dataclass
class Recorder:
    """A journal that keeps what was committed."""

    events: list[Event] = field(default_factory=list)

    async def record(self, work: Work, events: Sequence[Event]) -> None:
        """Keep the events."""
        self.events.extend(events)


class House:
    """What robots need, with projects demo (private) and open (public)."""

    def __init__(self, url: str) -> None:
        self.journal, self.clock = Recorder(), WoundClock()
        self.database = open_database(url, self.journal)
        self.passwords, self.access = Passwords(memory_kib=64), Access(self.database)
        self.rules = AccessRules()
        settings = AccessSettings()
        robots = RobotSecrets(self.database, self.passwords, self.clock, self.now)
        self.login = Login(self.database, self.passwords, settings, before=[robots], clock=self.clock)
        self.tokens = Tokens(self.database, Vault(bytes(32)), self.clock, settings, self.now)
        self.create = CreateRobot(self.database, self.access, self.passwords, self.clock, self.now)
        self.update = UpdateRobot(self.database, self.access, self.clock, self.now)
        self.refresh = RefreshRobot(self.database, self.access, self.passwords, self.clock, self.now)
        self.delete = DeleteRobot(self.database, self.access, self.now)
        self.robots = Robots(self.database, self.access, self.now)
        self.projects = Projects(self.database, self.access)
        self.create_project = CreateProject(
            self.database, self.clock, Configuration(self.database, Vault(bytes(32)))
        )

    async def now(self) -> AccessRules:
        """The rules in force."""
        return self.rules

    async def make(self, *rights: Right, project: str = "demo", **more: object) -> CreatedRobot:
        """Create robot `ci` of a project."""
        new = NewRobot("ci", RobotLevel.PROJECT, [_in(project, *rights)], **more)  # type: ignore[arg-type]
        return await self.create.create(ADMIN, new)

    async def enter(self, made: CreatedRobot, secret: str | None = None) -> Actor:
        """Log a robot in."""
        return await self.login.by_password(made.full_name, secret or made.secret.reveal(), ORIGIN)

    def happened(self, name: str) -> list[Event]:
        """List the events of one name."""
        return [event for event in self.journal.events if event.name == name]


def _in(project: str, *rights: Right) -> RobotPermission:
    return RobotPermission(PermissionKind.PROJECT, project, rights)


def _on_instance(*rights: Right) -> RobotPermission:
    return RobotPermission(PermissionKind.SYSTEM, "/", rights)


@pytest.fixture
async def house(url: str) -> AsyncIterator[House]:
    """A house on a fresh database."""
    opened = House(url)
    await create_first_admin(opened.database, opened.passwords, opened.clock, "Harbour-Test-1")
    await opened.create_project.create(ADMIN, NewProject("demo"))
    await opened.create_project.create(ADMIN, NewProject("open", is_public=True))
    yield opened
    await opened.database.close()


async def test_a_robot_logs_in_and_may_do_what_it_is_permitted_alone(house: House) -> None:
    robot = await house.enter(await house.make(PULL))

    await house.access.require_repository(robot, APP, "pull")
    with pytest.raises(Denied):
        await house.access.require_repository(robot, APP, "push")
    with pytest.raises(Denied):
        await house.access.require(robot, "member", "list", "demo")
    with pytest.raises(Denied):
        await house.access.require(robot, "repository", "pull", "missing")
    await house.access.require_repository(robot, RepositoryName.parse("open/app"), "pull")
    assert (robot.kind, robot.name) == (ActorKind.ROBOT, "robot$demo+ci")
    (entered,) = house.happened("user.logged_in")
    assert (entered.resource, entered.actor.kind) == ("robot$demo+ci", ActorKind.ROBOT)


async def test_a_second_login_is_no_event_and_the_robot_tells_when_it_was_used(house: House) -> None:
    made = await house.make(PULL)
    await house.enter(made)
    await house.enter(made)

    assert len(house.happened("user.logged_in")) == 1
    assert (await house.robots.get(ADMIN, made.robot.id)).last_used_at == house.clock.now()


async def test_a_wrong_secret_is_refused_and_told(house: House) -> None:
    made = await house.make(PULL)

    with pytest.raises(CredentialsWrong):
        await house.enter(made, made.secret.reveal() + "x")

    assert [event.resource for event in house.happened("user.login_failed")] == ["robot$demo+ci"]


async def test_a_chosen_secret_follows_the_rule_and_is_not_hashed_twice(house: House) -> None:
    made = await house.make(PULL, secret=Secret("Chosen-Secret-1"))

    assert (await house.enter(made, "Chosen-Secret-1")).robot is not None
    house.passwords._hash = None  # type: ignore[assignment]  # argon2 would fail now
    await house.update.update(ADMIN, made.robot.id, _same(PULL, PUSH))
    assert (await house.enter(made, "Chosen-Secret-1")).robot is not None


def _same(*rights: Right, is_disabled: bool = False, days: int | None = None) -> RobotChanges:
    return RobotChanges(
        "ci", RobotLevel.PROJECT, [_in("demo", *rights)], is_disabled=is_disabled, duration_days=days
    )


async def test_names_follow_the_prefix_and_that_of_harbor_stays(house: House) -> None:
    made = await house.make(PULL)
    house.rules = AccessRules(robot_name_prefix="robot-")

    for name in ("robot-demo+ci", "robot$demo+ci"):
        robot = await house.login.by_password(name, made.secret.reveal(), ORIGIN)
        assert robot.name == "robot-demo+ci"


async def test_an_older_secret_goes_on_for_its_overlap(house: House) -> None:
    made = await house.make(PULL)
    await house.enter(made)

    new = await house.refresh.refresh(ADMIN, made.robot.id, None, overlap_s=600)

    assert new != made.secret
    await house.enter(made)
    await house.enter(made, new.reveal())
    house.clock.wind(601)
    with pytest.raises(CredentialsWrong):
        await house.enter(made)
    await house.enter(made, new.reveal())


async def test_without_an_overlap_the_older_secret_ends_at_once(house: House) -> None:
    made = await house.make(PULL)
    await house.enter(made)

    await house.refresh.refresh(ADMIN, made.robot.id, Secret("Chosen-Secret-1"))

    with pytest.raises(CredentialsWrong):
        await house.enter(made)
    await house.enter(made, "Chosen-Secret-1")
    (event,) = house.happened("robot.secret_changed")
    assert dict(event.facts()) == {"overlap_s": 0}


async def test_a_change_counts_for_logins_and_tokens_at_once(house: House) -> None:
    made = await house.make(PULL, PUSH)
    token = (
        await house.tokens.issue(await house.enter(made), parse_scopes(["repository:demo/app:pull,push"]))
    ).token
    assert await _granted(house, token) == {"pull", "push"}

    await house.update.update(ADMIN, made.robot.id, _same(PULL))

    assert await _granted(house, token) == {"pull"}
    with pytest.raises(Denied):
        await house.access.require_repository(await house.enter(made), APP, "push")
    (event,) = house.happened("robot.updated")
    change = event.changes["permissions"]
    assert change.before == ["demo repository:pull", "demo repository:push"]
    assert change.after == ["demo repository:pull"]


async def _granted(house: House, token: str) -> frozenset[str]:
    actor = await house.tokens.verify(token, ORIGIN)
    assert actor.kind is ActorKind.ROBOT
    assert actor.grants is not None
    return actor.grants.repositories["demo/app"]


async def test_a_disabled_robot_and_its_tokens_are_refused(house: House) -> None:
    made = await house.make(PULL)
    token = (
        await house.tokens.issue(await house.enter(made), parse_scopes(["repository:demo/app:pull"]))
    ).token
    await _granted(house, token)

    await house.update.update(ADMIN, made.robot.id, _same(PULL, is_disabled=True))

    with pytest.raises(RobotStopped, match="disabled"):
        await house.enter(made)
    with pytest.raises(TokenInvalid):
        await house.tokens.verify(token, ORIGIN)


async def test_a_robot_ends_with_its_days_and_its_token_no_later(house: House) -> None:
    made = await house.make(PULL, duration_days=1)
    house.clock.wind(86_400 - 100)
    issued = await house.tokens.issue(await house.enter(made), [])
    assert issued.expires_in_s == 100

    house.clock.wind(100)

    with pytest.raises(RobotStopped, match="expired"):
        await house.enter(made)


async def test_a_deleted_robot_and_one_of_a_deleted_project_are_gone(house: House) -> None:
    made = await house.make(PULL)
    other = await house.make(PULL, project="open")
    await house.enter(made)

    await house.delete.delete(ADMIN, made.robot.id)
    await DeleteProject(house.database, house.access).delete(ADMIN, "open")

    for robot in (made, other):
        with pytest.raises(CredentialsWrong):
            await house.enter(robot)


async def test_a_name_is_taken_once_in_a_project_and_once_in_the_instance(house: House) -> None:
    await house.make(PULL)
    await house.make(PULL, project="open")
    new = NewRobot("ci", RobotLevel.SYSTEM, [_on_instance(("quota", "list"))])
    await house.create.create(ADMIN, new)

    with pytest.raises(RobotExists):
        await house.make(PULL)
    with pytest.raises(RobotExists):
        await house.create.create(ADMIN, new)


async def test_a_robot_makes_robots_that_may_do_no_more_than_itself(house: House) -> None:
    maker = await house.enter(await house.make(PULL, ("robot", "create")))

    def new(name: str, *rights: Right, project: str = "demo") -> NewRobot:
        return NewRobot(name, RobotLevel.PROJECT, [_in(project, *rights)])

    made = await house.create.create(maker, new("less", PULL))
    assert (made.robot.creator_kind, made.robot.creator_id) == ("robot", maker.robot and maker.robot.robot_id)
    with pytest.raises(Denied, match="push"):
        await house.create.create(maker, new("more", PULL, PUSH))
    with pytest.raises(Denied):
        await house.create.create(maker, new("away", PULL, project="open"))
    with pytest.raises(Denied):
        await house.create.create(maker, NewRobot("high", RobotLevel.SYSTEM, [_in("demo", PULL)]))


async def test_a_robot_of_every_project_is_one_of_those_to_come_too(house: House) -> None:
    new = NewRobot("wide", RobotLevel.SYSTEM, [_in("*", PULL), _on_instance(("project", "create"))])
    robot = await house.enter(await house.create.create(ADMIN, new))

    project = await house.create_project.create(robot, NewProject("later"))

    await house.access.require_repository(robot, RepositoryName.parse("later/app"), "pull")
    with pytest.raises(Denied):
        await house.access.require_repository(robot, RepositoryName.parse("later/app"), "push")
    assert (project.owner_id, project.owner_name) == (None, "robot$wide")


async def test_a_robot_sees_its_projects_and_the_public_ones(house: House) -> None:
    await house.create_project.create(ADMIN, NewProject("shut"))
    robot = await house.enter(await house.make(PULL))

    found = await house.projects.list(robot, ProjectFilter(), PageRequest(1, 10))

    assert [project.name for project in found.items] == ["demo", "open"]
    assert found.total == 2


async def test_lists_are_of_one_project_or_of_the_instance(house: House) -> None:
    made = await house.make(PULL)
    await house.create.create(
        ADMIN, NewRobot("top", RobotLevel.SYSTEM, [_in("open", PULL), _on_instance(("quota", "list"))])
    )

    of_project = await house.robots.list(ADMIN, RobotFilter(made.robot.project_id), PageRequest(1, 10))
    of_instance = await house.robots.list(ADMIN, RobotFilter(), PageRequest(1, 10))

    assert [robot.name for robot in of_project.items] == ["ci"]
    (top,) = of_instance.items
    assert [(one.kind, one.namespace, one.rights) for one in top.permissions] == [
        ("project", "open", (PULL,)),
        ("system", "/", (("quota", "list"),)),
    ]


async def test_name_level_and_project_stay(house: House) -> None:
    made = await house.make(PULL)
    for name, level, place in (
        ("other", RobotLevel.PROJECT, "demo"),
        ("ci", RobotLevel.SYSTEM, "demo"),
        ("ci", RobotLevel.PROJECT, "open"),
    ):
        with pytest.raises(RobotInvalid):
            await house.update.update(ADMIN, made.robot.id, RobotChanges(name, level, [_in(place, PULL)]))


async def test_an_end_that_is_near_is_told_once_and_again_when_it_moves(house: House) -> None:
    made = await house.make(PULL, duration_days=8)
    warn = WarnRobots(house.database, house.clock, 7)

    assert await warn.run() == 0
    house.clock.wind(2 * 86_400)
    assert [await warn.run(), await warn.run()] == [1, 0]
    await house.update.update(ADMIN, made.robot.id, _same(PULL, days=9))

    assert await warn.run() == 1
    assert [event.resource for event in house.happened("robot.expiring")] == ["robot$demo+ci"] * 2
