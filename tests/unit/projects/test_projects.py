"""Projects: creating, listing, changing, deleting."""

import pytest

from havre.access.errors import ProjectUnknown
from havre.access.model import Role
from havre.kernel.actor import anonymous
from havre.kernel.errors import Denied, Unauthenticated
from havre.kernel.events import Change
from havre.kernel.names import NameInvalid
from havre.kernel.pages import PageRequest
from havre.projects import CreateProject, create_library
from havre.projects.errors import MetadataInvalid, ProjectExists, ProjectInUse
from havre.projects.model import NewProject, ProjectChanges, ProjectFilter
from havre.system import Configuration
from unit.access.house import ORIGIN, House


async def test_whoever_creates_a_project_administers_it(house: House) -> None:
    ann = await house.person("ann")

    made = await house.create_project.create(ann, NewProject("demo", metadata={"auto_scan": "true"}))

    assert (made.owner_name, made.roles, made.is_public) == ("ann", frozenset({Role.PROJECT_ADMIN}), False)
    assert made.metadata == {"auto_scan": "true"}
    assert house.journal.names()[-1] == "project.created"
    await house.delete_project.delete(ann, "demo")


@pytest.mark.parametrize("name", ["", "Demo", "a/b", "-a", "a..b", "a b", "é", "a" * 256])
async def test_a_bad_project_name_is_refused(house: House, name: str) -> None:
    with pytest.raises(NameInvalid):
        await house.create_project.create(await house.admin(), NewProject(name))


async def test_a_name_is_taken_once(house: House) -> None:
    await house.project("demo")

    with pytest.raises(ProjectExists):
        await house.project("demo")


async def test_the_setting_decides_who_creates(house: House) -> None:
    ann = await house.person("ann")
    fixed = {"project_creation_restriction": "adminonly"}
    strict = CreateProject(house.database, house.clock, Configuration(house.database, house.vault, fixed))

    with pytest.raises(Denied):
        await strict.create(ann, NewProject("demo"))
    with pytest.raises(Unauthenticated):
        await house.create_project.create(anonymous(ORIGIN), NewProject("demo"))
    await strict.create(await house.admin(), NewProject("demo"))


@pytest.mark.parametrize(
    "metadata", [{"auto_scan": "maybe"}, {"severity": "grave"}, {"unknown": "true"}, {"retention_id": "x"}]
)
async def test_metadata_follow_their_rules(house: House, metadata: dict[str, str]) -> None:
    with pytest.raises(MetadataInvalid):
        await house.create_project.create(await house.admin(), NewProject("demo", metadata=metadata))


async def test_a_storage_limit_counts_from_an_administrator_alone(house: House) -> None:
    ann = await house.person("ann")

    hers = await house.create_project.create(ann, NewProject("hers", storage_limit_bytes=10))
    ours = await house.create_project.create(await house.admin(), NewProject("ours", storage_limit_bytes=10))

    assert (hers.storage_limit_bytes, ours.storage_limit_bytes) == (-1, 10)
    assert "storage_limit" not in ours.metadata


async def test_a_list_shows_what_the_caller_may_see(house: House) -> None:
    ann = await house.person("ann")
    await house.project("open", is_public=True)
    await house.project("shut")
    await house.project("mine")
    await house.members.add(await house.admin(), "mine", "ann", Role.GUEST)

    assert await _names(house, ProjectFilter(), "ann") == ["mine", "open"]
    assert await _names(house, ProjectFilter(), "admin") == ["mine", "open", "shut"]
    assert await _names(house, ProjectFilter(), "") == ["open"]
    with pytest.raises(Denied):
        await house.projects.get(ann, "shut")
    assert (await house.projects.get(ann, "mine")).roles == {Role.GUEST}


async def test_a_list_filters_sorts_and_pages(house: House) -> None:
    ann = await house.person("ann")
    for name in ("app-one", "app_two", "tool"):
        await house.project(name, is_public=name != "tool")
    await house.create_project.create(ann, NewProject("hers"))

    assert await _names(house, ProjectFilter(name="app"), "admin") == ["app-one", "app_two"]
    assert await _names(house, ProjectFilter(name="_"), "admin") == ["app_two"]
    assert await _names(house, ProjectFilter(is_public=False), "admin") == ["hers", "tool"]
    assert await _names(house, ProjectFilter(owner="ann"), "admin") == ["hers"]
    assert await _names(house, ProjectFilter(sort="-name"), "admin") == ["tool", "hers", "app_two", "app-one"]
    page = await house.projects.list(await house.admin(), ProjectFilter(), PageRequest(2, 3))
    assert (page.total, [item.name for item in page.items]) == (4, ["tool"])


async def test_a_change_keeps_what_it_does_not_name(house: House) -> None:
    admin = await house.admin()
    await house.create_project.create(admin, NewProject("demo", metadata={"severity": "high"}))

    await house.update_project.update(
        admin, "demo", ProjectChanges(is_public=True, metadata={"auto_scan": "true"})
    )

    changed = await house.projects.get(admin, "demo")
    assert changed.is_public
    assert changed.metadata == {"severity": "high", "auto_scan": "true"}
    assert house.journal.events[-1].changes == {
        "auto_scan": Change(None, "true"),
        "public": Change("false", "true"),
    }


async def test_a_project_with_a_repository_stays(house: House) -> None:
    admin = await house.admin()
    number = await house.project("demo")
    await _add_repository(house, number, "demo/app", pushed_at=1)

    with pytest.raises(ProjectInUse):
        await house.delete_project.delete(admin, "demo")
    assert not (await house.projects.deletable(admin, number)).is_deletable
    assert (await house.projects.get(admin, "demo")).repo_count == 1


async def test_uploads_alone_do_not_keep_a_project(house: House) -> None:
    admin = await house.admin()
    number = await house.project("demo")
    await _add_repository(house, number, "demo/app", pushed_at=None)

    assert (await house.projects.deletable(admin, number)).is_deletable
    await house.delete_project.delete(admin, number)

    with pytest.raises(ProjectUnknown):
        await house.projects.get(admin, "demo")
    assert house.journal.names()[-1] == "project.deleted"


async def test_existence_of_a_private_project_is_told_to_people_with_an_account(house: House) -> None:
    await house.project("shut")
    await house.project("open", is_public=True)

    assert await house.projects.exists(await house.admin(), "shut")
    assert await house.projects.exists(anonymous(), "open")
    assert not await house.projects.exists(anonymous(), "shut")
    assert not await house.projects.exists(anonymous(), "ope")


async def test_library_is_made_once_and_stays_deleted(house: House) -> None:
    admin = await house.admin()
    await create_library(house.database, house.clock)
    await create_library(house.database, house.clock)
    assert (await house.projects.get(admin, "library")).is_public

    await house.delete_project.delete(admin, "library")
    await create_library(house.database, house.clock)

    assert not await house.projects.exists(admin, "library")


async def _names(house: House, wanted: ProjectFilter, caller: str) -> list[str]:
    if caller == "":
        actor = anonymous(ORIGIN)
    else:
        actor = await house.login.by_password(caller, "Harbour-Test-1", ORIGIN)
    page = await house.projects.list(actor, wanted, PageRequest(1, 50))
    assert page.total == len(page.items)
    return [item.name for item in page.items]


async def _add_repository(house: House, project_id: int, name: str, pushed_at: int | None) -> None:
    async with house.database.write() as work:
        await work.run(
            "INSERT INTO repository (project_id, name, created_at, updated_at, first_pushed_at)"
            " VALUES (:project, :name, 1, 1, :pushed)",
            {"project": project_id, "name": name, "pushed": pushed_at},
        )
