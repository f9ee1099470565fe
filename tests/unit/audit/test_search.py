"""Searching the journal: newest first, narrowed, paged, and only for those who may."""

from datetime import timedelta

import pytest

from havre.access import Access
from havre.audit import AuditFilters, Search
from havre.kernel.actor import Actor, ActorKind, Grants, anonymous, system
from havre.kernel.clock import to_micros
from havre.kernel.errors import Denied, HavreError, Unauthenticated
from havre.kernel.pages import PageRequest
from unit.audit.desk import ALICE, Desk

ROOT = system("test")
BOB = Actor(ActorKind.USER, "bob", user_id=8)
ALL = PageRequest(size=100)


@pytest.fixture
async def search(desk: Desk) -> Search:
    """Make two projects: alice administers the first, bob is its developer."""
    async with desk.database.write() as work:
        for number, name in ((7, "alice"), (8, "bob")):
            await work.run(
                """INSERT INTO account (id, username, password_hash, is_admin, created_at, updated_at)
                   VALUES (:id, :name, '-', FALSE, 0, 0)""",
                {"id": number, "name": name},
            )
        for number, name in ((1, "one"), (2, "two")):
            await work.run(
                """INSERT INTO project (id, name, is_public, owner_name, created_at, updated_at)
                   VALUES (:id, :name, FALSE, 'x', 0, 0)""",
                {"id": number, "name": name},
            )
        await work.run(
            """INSERT INTO member (project_id, account_id, role, created_at)
               VALUES (1, 7, 1, 0), (1, 8, 2, 0)"""
        )
    return Search(desk.database, Access(desk.database))


async def found(search: Search, filters: AuditFilters, page: PageRequest = ALL) -> list[str]:
    return [record.resource for record in (await search.everywhere(ROOT, filters, page)).items]


async def test_the_newest_come_first_in_pages_with_the_total(desk: Desk, search: Search) -> None:
    await desk.announce(*"abcde")

    page = await search.everywhere(ROOT, AuditFilters(), PageRequest(number=2, size=2))

    assert [record.resource for record in page.items] == ["c", "b"]
    assert page.total == 5


@pytest.mark.parametrize("is_oldest_first", [False, True])
async def test_the_pages_of_one_person_end_where_their_rows_end(
    desk: Desk, search: Search, is_oldest_first: bool
) -> None:
    for name in "abc":
        await desk.announce(f"{name} of bob", actor=BOB)
        await desk.announce(f"{name} of alice")
    bobs = AuditFilters(actor="bob", is_oldest_first=is_oldest_first)

    pages = [await found(search, bobs, PageRequest(number, 2)) for number in (1, 2, 3)]

    expected = (
        ["a of bob", "b of bob", "c of bob"] if is_oldest_first else ["c of bob", "b of bob", "a of bob"]
    )
    assert pages == [expected[:2], expected[2:], []]


async def test_each_filter_narrows_the_search(desk: Desk, search: Search) -> None:
    await desk.announce("library/a%b")
    desk.clock.wind(60)
    await desk.announce("library/axb", actor=BOB, project_id=2)
    late = desk.clock.now()

    assert await found(search, AuditFilters(actor="bob")) == ["library/axb"]
    assert await found(search, AuditFilters(actor_part="lic")) == ["library/a%b"]
    assert await found(search, AuditFilters(resource="library/axb")) == ["library/axb"]
    assert await found(search, AuditFilters(resource_part="a%b")) == ["library/a%b"]
    assert await found(search, AuditFilters(operation="delete")) == []
    assert await found(search, AuditFilters(operation="create", resource_type="blob")) == []
    assert await found(search, AuditFilters(succeeded=False)) == []
    assert await found(search, AuditFilters(since=late)) == ["library/axb"]
    assert await found(search, AuditFilters(until=late - timedelta(seconds=1))) == ["library/a%b"]
    assert await found(search, AuditFilters(is_oldest_first=True)) == ["library/a%b", "library/axb"]


async def test_the_administrator_of_a_project_reads_its_log_and_no_other(desk: Desk, search: Search) -> None:
    await desk.announce("mine", project_id=1)
    await desk.announce("other", project_id=2)
    await desk.announce("instance", project_id=None)

    everywhere = await search.everywhere(ALICE, AuditFilters(), ALL)
    mine = await search.in_project(ALICE, "one", AuditFilters(), ALL)

    assert [record.resource for record in everywhere.items] == ["mine"]
    assert [record.resource for record in mine.items] == ["mine"]
    assert mine.items[0].at == desk.clock.now()
    assert to_micros(mine.items[0].at) > 0
    with pytest.raises(HavreError):
        await search.in_project(ALICE, "two", AuditFilters(), ALL)


async def test_who_has_no_role_for_it_reads_nothing(desk: Desk, search: Search) -> None:
    await desk.announce("a")
    token = Actor(ActorKind.USER, "alice", user_id=7, grants=Grants())

    assert (await search.everywhere(BOB, AuditFilters(), ALL)).total == 0
    with pytest.raises(Unauthenticated):
        await search.everywhere(anonymous(), AuditFilters(), ALL)
    with pytest.raises(Denied):
        await search.everywhere(token, AuditFilters(), ALL)
