"""The chain over the journal: whole when nobody touched it, and telling where when somebody did."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from havre.adapters.database.horizon import PostgresHorizon
from havre.adapters.forward import open_receiver
from havre.audit import Forwarder, Head, PurgeWish, Upkeep
from kit.journal import Fetched, Journal, open_journal


@pytest.fixture
async def journal(url: str, tmp_path: Path) -> AsyncIterator[Journal]:
    async with open_journal(url, tmp_path) as opened:
        yield opened


async def test_what_nobody_touched_verifies(journal: Journal) -> None:
    await journal.sealed("abc", "de")
    await journal.store("f")

    report = await journal.verify.run()

    assert report.is_clean
    assert (report.seals, report.rows, report.purged, report.unsealed) == (2, 5, 0, 1)
    assert report.head == await journal.anchor.read()


async def test_an_empty_journal_verifies(journal: Journal) -> None:
    assert await journal.seal.run() == 0
    assert (await journal.verify.run()).is_clean


async def test_many_rows_are_several_seals(journal: Journal) -> None:
    for _ in range(4):
        await journal.store(*map(str, range(1500)))

    assert await journal.seal.run() == 6000
    report = await journal.verify.run()
    assert (report.is_clean, report.seals, report.rows) == (True, 2, 6000)


OTHERS = """at, name, operation, resource_type, resource, succeeded, actor_kind, actor, address, client,
    request_id, description"""
SLIP_IN = f"INSERT INTO event (id, {OTHERS})"
COLUMNS = {
    "at": "at + 1",
    "name": "'x'",
    "operation": "'x'",
    "resource_type": "'x'",
    "resource": "'x'",
    "project_id": "NULL",
    "succeeded": "NOT succeeded",
    "actor_kind": "'x'",
    "actor": "'mallory'",
    "address": "''",
    "client": "'x'",
    "request_id": "'x'",
    "description": "description || ' '",
    "facts": "'{}'",
}


async def test_a_change_of_any_column_is_found_and_named(journal: Journal) -> None:
    await journal.sealed("abcdefghijklmno", "x")
    for row_id, (column, value) in enumerate(COLUMNS.items(), start=1):
        await journal.tamper(f"UPDATE event SET {column} = {value} WHERE id = {row_id}")

    assert await journal.findings() == [("changed", 1, number) for number in range(1, len(COLUMNS) + 1)]


async def test_a_row_that_was_deleted_is_missing(journal: Journal) -> None:
    await journal.sealed("abc", "def")
    await journal.tamper("DELETE FROM event WHERE id = 5")

    assert await journal.findings() == [("missing", 2, 5)]


async def test_a_row_that_was_slipped_in_is_found(journal: Journal) -> None:
    await journal.store(*"abc")
    await journal.tamper("DELETE FROM event WHERE id = 2")
    await journal.seal.run()
    await journal.tamper(f"{SLIP_IN} SELECT 2, {OTHERS} FROM event WHERE id = 1")
    await journal.tamper(f"{SLIP_IN} SELECT 0, {OTHERS} FROM event WHERE id = 1")

    assert await journal.findings() == [("inserted", 1, 2)]


async def test_rows_that_changed_places_are_found(journal: Journal) -> None:
    await journal.sealed("abc")
    for old, new in ((1, 99), (3, 1), (99, 3)):
        await journal.tamper(f"UPDATE event SET id = {new} WHERE id = {old}")

    assert await journal.findings() == [("changed", 1, 1), ("changed", 1, 3)]


async def test_a_seal_that_was_deleted_is_missed(journal: Journal) -> None:
    await journal.sealed("a", "b", "c")
    await journal.tamper("DELETE FROM audit_seal WHERE id = 2")

    [found] = (await journal.verify.run()).findings
    assert (found.kind, found.seal_id) == ("seal", 3)
    assert "seal 2 is missing" in found.text


@pytest.mark.parametrize("column", ["first_id", "last_id", "row_count", "sealed_at"])
async def test_a_seal_that_was_changed_does_not_fit(journal: Journal, column: str) -> None:
    await journal.sealed("a", "b", "c")
    await journal.tamper(f"UPDATE audit_seal SET {column} = {column} + 1 WHERE id = 2")

    assert (await journal.findings())[0] == ("seal", 2, None)


async def test_a_list_of_rows_that_was_changed_does_not_fit(journal: Journal) -> None:
    await journal.sealed("a", "b")
    await journal.tamper(
        "UPDATE audit_seal SET entries = (SELECT entries FROM audit_seal WHERE id = 2) WHERE id = 1"
    )

    assert await journal.findings() == [("seal", 1, None)]


async def test_a_chain_that_was_cut_off_is_known_by_the_head_outside_the_database(journal: Journal) -> None:
    await journal.sealed("a", "b")
    await journal.tamper("DELETE FROM audit_seal WHERE id = 2")
    await journal.tamper("DELETE FROM event WHERE id = 2")

    assert await journal.findings() == [("seal", 2, None)]


async def test_a_head_that_somebody_noted_is_looked_for(journal: Journal) -> None:
    await journal.sealed("a", "b")
    head = await journal.anchor.read()
    assert head is not None
    await journal.sealed("c")

    assert (await journal.verify.run(noted=head)).is_clean
    assert not (await journal.verify.run(noted=Head(head.seal_id, bytes(32)))).is_clean


async def test_a_chain_that_was_made_anew_does_not_take_the_place_of_the_old_head(journal: Journal) -> None:
    await journal.sealed("a", "b")
    await journal.tamper("DELETE FROM audit_seal")
    await journal.tamper("DELETE FROM audit_key")
    await journal.tamper("UPDATE event SET actor = 'mallory' WHERE id = 1")
    await journal.sealed("c")

    assert await journal.findings() == [("seal", 2, None)]


async def test_a_purge_by_age_leaves_the_rest_verifiable(journal: Journal) -> None:
    await journal.sealed("abc", "def")
    journal.clock.wind(3600)
    await journal.sealed("ghi")

    report = await journal.purge("create_thing", older_than_s=60)

    verified = await journal.verify.run()
    assert (report.purged, report.is_dry_run) == (6, False)
    assert verified.findings == []
    assert (verified.rows, verified.purged) == (3, 6)
    assert [row.resource for row in await journal.rows()] == ["g", "h", "i"]
    lists = await journal.rows("SELECT id FROM audit_seal WHERE kind = 'rows' AND entries IS NOT NULL")
    assert [row.id for row in lists] == [3]


async def test_a_purge_of_one_type_keeps_the_others_and_what_happens_to_them_shows(journal: Journal) -> None:
    await journal.store("a")
    await journal.store("b", "c", kind=Fetched)
    await journal.store("d")
    await journal.seal.run()
    journal.clock.wind(60)

    assert (await journal.purge("pull_thing", "update_thing")).purged == 2
    assert await journal.findings() == []
    assert [row.resource for row in await journal.rows()] == ["a", "d"]

    await journal.tamper("DELETE FROM event WHERE id = 4")
    assert await journal.findings() == [("missing", 1, 4)]


async def test_a_record_of_a_purge_cannot_be_forged_or_removed(journal: Journal) -> None:
    await journal.store("a")
    await journal.store("b", kind=Fetched)
    await journal.store("c")
    await journal.seal.run()
    journal.clock.wind(60)
    await journal.purge("pull_thing")
    await journal.sealed("d")
    await journal.tamper("UPDATE audit_seal SET detail = '{}' WHERE kind = 'purge'")
    changed = await journal.findings()
    await journal.tamper("DELETE FROM audit_seal WHERE kind = 'purge'")
    removed = await journal.findings()

    assert changed == [("seal", 2, None), ("missing", 1, 2)]
    assert removed == [("seal", 3, None), ("missing", 1, 2)]


async def test_a_dry_run_counts_and_removes_nothing(journal: Journal) -> None:
    await journal.sealed("abc")
    journal.clock.wind(60)

    assert (await journal.purge("create_thing", is_dry_run=True)).purged == 2
    assert len(await journal.rows()) == 3


async def test_the_newest_row_stays_so_that_its_id_is_never_given_again(journal: Journal) -> None:
    await journal.sealed("abc")
    journal.clock.wind(60)
    assert (await journal.purge("create_thing")).purged == 2
    await journal.sealed("d")

    assert await journal.findings() == []
    assert [row.id for row in await journal.rows()] == [3, 4]


async def test_a_purge_without_types_removes_nothing(journal: Journal) -> None:
    await journal.sealed("abc")
    journal.clock.wind(60)

    assert (await journal.purge()).purged == 0


async def test_a_purge_that_was_cut_off_leaves_what_verifies_and_goes_on(journal: Journal) -> None:
    await journal.sealed("abc", "def", "ghi")
    journal.clock.wind(60)
    wish = PurgeWish(journal.clock.now(), operations=("create",))

    with pytest.raises(InterruptedError):
        await journal.purges.run(wish, _cut_off)
    cut_off = await journal.verify.run()
    report = await journal.purges.run(wish)

    assert (cut_off.is_clean, cut_off.purged) == (True, 3)
    assert report.purged == 5
    assert await journal.findings() == []


def _cut_off(line: str) -> None:
    raise InterruptedError(line)


async def test_rows_that_are_only_forwarded_go_once_the_receiver_has_them(
    journal: Journal, tmp_path: Path
) -> None:
    async def endpoint() -> str:
        return f"file://{tmp_path / 'audit.jsonl'}"

    async def is_forwarded_only() -> bool:
        return True

    forwarder = Forwarder(journal.database, journal.horizon, journal.clock, endpoint, open_receiver)
    upkeep = Upkeep(journal.seal, journal.purges, forwarder, journal.clock, is_forwarded_only)
    assert not await forwarder.step()  # begins with what comes
    await journal.store(*"abc")
    journal.clock.wind(1)
    await upkeep.run()
    kept = [row.resource for row in await journal.rows()]
    while await forwarder.step():
        pass
    await upkeep.run()
    await forwarder.stop()

    assert kept == ["a", "b", "c"]
    assert [row.resource for row in await journal.rows()] == ["c"]  # the newest stays
    assert len((tmp_path / "audit.jsonl").read_text().splitlines()) == 3
    assert await journal.findings() == []


async def test_sealing_twice_at_once_seals_each_row_once(journal: Journal) -> None:
    await journal.store(*"abcdef")

    counts = await asyncio.gather(*(journal.seal.run() for _ in range(4)))

    report = await journal.verify.run()
    assert sum(counts) == 6
    assert (report.is_clean, report.seals) == (True, 1)


async def test_rows_of_a_transaction_in_flight_are_not_passed_over(journal: Journal) -> None:
    if not isinstance(journal.horizon, PostgresHorizon):
        pytest.skip("SQLite has one writer at a time")
    journal.horizon._longest_wait_s = 0.2
    async with journal.database.write() as slow:
        await slow.run(
            f"""INSERT INTO event ({OTHERS})
                VALUES (1, 'x', 'x', 'x', 'slow', TRUE, 'user', 'x', '', '', '', '')"""
        )
        await journal.store("quick")  # a higher id, committed first
        assert await journal.seal.run() == 0

    assert await journal.seal.run() == 2
    assert await journal.findings() == []
