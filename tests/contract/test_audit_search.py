"""Listing and exporting the journal on both engines: pages, filters, and counts that follow the rows."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from havre.access import Access
from havre.audit import AuditFilters, Export, PurgeWish, Search
from havre.kernel.actor import system
from havre.kernel.pages import PageRequest
from kit.journal import Fetched, Journal, open_journal

ROOT = system("test")


@pytest.fixture
async def journal(url: str, tmp_path: Path) -> AsyncIterator[Journal]:
    async with open_journal(url, tmp_path) as opened:
        yield opened


def search(journal: Journal) -> Search:
    return Search(journal.database, Access(journal.database))


async def test_pages_and_filters_agree_with_the_count(journal: Journal) -> None:
    await journal.store(*"abcdef")
    journal.clock.wind(60)
    await journal.store(*"xyz", kind=Fetched)
    since = journal.clock.now() - timedelta(seconds=1)

    for filters, expected in (
        (AuditFilters(), list("zyxfedcba")),
        (AuditFilters(operation="pull"), list("zyx")),
        (AuditFilters(operation="create", resource_type="thing"), list("fedcba")),
        (AuditFilters(actor="alice", resource_part="c"), ["c"]),
        (AuditFilters(succeeded=False), []),
        (AuditFilters(since=since, is_oldest_first=True), list("xyz")),
        (AuditFilters(until=since), list("fedcba")),
    ):
        one = search(journal)
        pages = [await one.everywhere(ROOT, filters, PageRequest(number, 4)) for number in (1, 2, 3)]
        assert [record.resource for page in pages for record in page.items] == expected
        assert {page.total for page in pages} == {len(expected)}


async def test_a_count_that_is_kept_follows_what_comes_and_what_is_purged(journal: Journal) -> None:
    one = search(journal)

    async def total() -> int:
        return (await one.everywhere(ROOT, AuditFilters(operation="create"), PageRequest())).total

    await journal.store(*"abc")
    totals = [await total()]
    await journal.store("d")
    await journal.store("e", kind=Fetched)
    totals.append(await total())
    journal.clock.wind(60)
    await journal.purges.run(PurgeWish(journal.clock.now(), operations=("create",)))
    totals.append(await total())

    assert totals == [3, 4, 0]


@pytest.mark.parametrize("is_oldest_first", [False, True])
async def test_deep_pages_are_the_same_from_a_bookmark_as_from_the_end(
    journal: Journal, is_oldest_first: bool
) -> None:
    filters = AuditFilters(operation="create", is_oldest_first=is_oldest_first)
    await _fill(journal, 4000)
    seasoned = search(journal)

    async def agree() -> None:
        for number in (20, 21, 19, 12, 30, 1, 40, 41, 20):
            wanted = PageRequest(number, 100)
            fresh = await search(journal).everywhere(ROOT, filters, wanted)
            again = await seasoned.everywhere(ROOT, filters, wanted)
            assert again.total == fresh.total
            assert [one.resource for one in again.items] == [one.resource for one in fresh.items]

    await agree()
    await _fill(journal, 70)  # newer rows: every rank from the young end moves
    await agree()
    journal.clock.wind(-1800)  # another machine's late rows: some bookmarks are wrong now
    await _fill(journal, 30)
    journal.clock.wind(1800)
    await agree()
    early = journal.clock.now() - timedelta(seconds=3000)
    await journal.purges.run(PurgeWish(early, operations=("create",)))
    await agree()


async def _fill(journal: Journal, count: int) -> None:
    for first in range(0, count, 100):
        await journal.store(*(f"{first + n}" for n in range(min(100, count - first))))
        await journal.store("other", kind=Fetched)
        journal.clock.wind(100)


async def test_an_export_gives_every_row_of_its_time_once(journal: Journal) -> None:
    for _ in range(3):
        await journal.store(*map(str, range(700)))
        journal.clock.wind(1)
    second = journal.clock.now() - timedelta(seconds=2)

    everything = [record async for piece in Export(journal.database).pieces(None, None) for record in piece]
    later = [record async for piece in Export(journal.database).pieces(second, None) for record in piece]

    assert [record.record_id for record in everything] == list(range(1, 2101))
    assert [record.record_id for record in later] == list(range(701, 2101))
