"""Forwarding the journal: in order, at least once, to real receivers that come and go."""

import asyncio
import json
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from havre.adapters.database.horizon import PostgresHorizon
from havre.adapters.forward import open_receiver
from havre.audit import Forwarder
from havre.audit.errors import ReceiverAway, ReceiverInvalid
from kit.journal import Journal, open_journal
from kit.syslog import Syslog, listening
from kit.tls import Authority


@pytest.fixture
async def journal(url: str, tmp_path: Path) -> AsyncIterator[Journal]:
    async with open_journal(url, tmp_path) as opened:
        await opened.store("before")
        yield opened


def forwarder(journal: Journal, endpoint: str, authorities: Path | None = None) -> Forwarder:
    """Make a forwarder, as a process has one."""

    async def configured() -> str:
        return endpoint

    return Forwarder(
        journal.database,
        journal.horizon,
        journal.clock,
        configured,
        lambda place: open_receiver(place, authorities),
    )


async def sent(one: Forwarder) -> None:
    """Step until nothing waits."""
    while await one.step():
        pass


async def test_messages_are_rfc_5424_with_the_whole_row(journal: Journal) -> None:
    async with listening() as syslog:
        one = forwarder(journal, f"syslog+tcp://127.0.0.1:{syslog.port}")
        await sent(one)
        await journal.store('é\n"b"')
        await sent(one)
        await syslog.until(1)
        await one.stop()

    [message] = syslog.messages
    row = json.loads(message["text"])
    assert (message["priority"], message["kind"], message["time"]) == (
        "110", "thing.stored", "2026-01-01T00:00:00.000000Z"
    )  # fmt: skip
    assert (row["resource"], row["actor"], row["address"]) == ('é\n"b"', "alice", "10.0.0.1")
    assert (row["client"], row["request_id"], row["succeeded"]) == ("docker/28", "req-1", True)
    assert row["facts"] == {"changes": {"state": {"before": None, "after": "stored"}}}


async def test_a_new_receiver_gets_what_happens_from_now_on_in_order(journal: Journal) -> None:
    async with listening() as syslog:
        one = forwarder(journal, f"127.0.0.1:{syslog.port}")
        await sent(one)
        names = [str(number) for number in range(1200)]
        await journal.store(*names)
        await sent(one)
        await syslog.until(1200)
        await one.stop()

    assert syslog.resources == names
    assert syslog.connections == 1


async def test_another_process_goes_on_where_the_first_stopped(journal: Journal) -> None:
    async with listening() as syslog:
        endpoint = f"127.0.0.1:{syslog.port}"
        first, second = forwarder(journal, endpoint), forwarder(journal, endpoint)
        await sent(first)
        await journal.store("a")
        await sent(first)
        await journal.store("b")
        assert not await second.step()  # the first has the lease
        await first.stop()
        await sent(second)
        await syslog.until(2)
        await second.stop()

    assert syslog.resources == ["a", "b"]


async def test_a_lease_of_a_process_that_died_is_taken_over(journal: Journal) -> None:
    async with listening() as syslog:
        endpoint = f"127.0.0.1:{syslog.port}"
        dead, second = forwarder(journal, endpoint), forwarder(journal, endpoint)
        await sent(dead)
        await journal.store("a")
        await sent(dead)
        journal.clock.wind(61)
        await journal.store("b")
        await sent(second)
        await syslog.until(2)
        await second.stop()
        await dead.stop()

    assert syslog.resources == ["a", "b"]


async def test_rows_wait_for_a_receiver_that_is_away_and_nobody_waits_with_them(journal: Journal) -> None:
    syslog = Syslog()
    await syslog.open()
    await syslog.die()
    one = forwarder(journal, f"127.0.0.1:{syslog.port}")
    await sent(one)  # the cursor begins here
    await one.start()
    started = time.monotonic()
    for name in "abc":
        await journal.store(name)
    took_s = time.monotonic() - started

    await syslog.open()
    await journal.store("d")
    await one.stop()
    again = forwarder(journal, f"127.0.0.1:{syslog.port}")
    await sent(again)
    await syslog.until(4)
    await again.stop()
    await syslog.die()

    assert took_s < 5
    assert syslog.resources == ["a", "b", "c", "d"]


async def test_the_last_batch_is_sent_again_after_a_connection_that_broke(journal: Journal) -> None:
    async with listening() as syslog:
        one = forwarder(journal, f"127.0.0.1:{syslog.port}")
        await sent(one)
        await journal.store("a", "b")
        await sent(one)
        await syslog.until(2)
        await syslog.die()
        await journal.store("c")
        with pytest.raises(ReceiverAway) as away:
            await _until_away(one, journal)
        one._failed(away.value)
        syslog.messages.clear()
        await syslog.open()
        await sent(one)
        await syslog.until(3)
        await one.stop()

    assert syslog.resources[:3] == ["a", "b", "c"]


async def _until_away(one: Forwarder, journal: Journal) -> None:
    async with asyncio.timeout(10):
        while True:
            await one.step()
            await journal.store("more")


async def test_tls_is_verified_against_the_authorities(journal: Journal, tmp_path: Path) -> None:
    authority, stranger = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    pair = authority.issue("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    async with listening(context) as syslog:
        endpoint = f"syslog+tls://127.0.0.1:{syslog.port}"
        trusting = forwarder(journal, endpoint, authority.certificate)
        await sent(trusting)
        await journal.store("a")
        await sent(trusting)
        await syslog.until(1)
        await trusting.stop()

        doubting = forwarder(journal, endpoint, stranger.certificate)
        await journal.store("b")
        with pytest.raises(ReceiverAway):
            await sent(doubting)
        await doubting.stop()

    assert syslog.resources == ["a"]


async def test_rows_of_a_transaction_in_flight_are_sent_once_it_is_through(journal: Journal) -> None:
    if not isinstance(journal.horizon, PostgresHorizon):
        pytest.skip("SQLite has one writer at a time")
    journal.horizon._longest_wait_s = 0.2
    async with listening() as syslog:
        one = forwarder(journal, f"127.0.0.1:{syslog.port}")
        await sent(one)
        async with journal.database.write() as slow:
            await slow.run(
                """INSERT INTO event (at, name, operation, resource_type, resource, succeeded, actor_kind,
                       actor, address, client, request_id, description)
                   VALUES (1, 'x', 'x', 'x', 'slow', TRUE, 'user', 'x', '', '', '', '')"""
            )
            await journal.store("quick")
            await sent(one)
        await sent(one)
        await syslog.until(2)
        await one.stop()

    assert syslog.resources == ["slow", "quick"]


async def test_lines_go_to_a_file_that_may_be_rotated(journal: Journal, tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    one = forwarder(journal, f"file://{path}")
    await sent(one)
    await journal.store("a")
    await sent(one)
    path.rename(tmp_path / "audit.jsonl.1")
    path.write_text('{"id": 7, "resou')  # a crash cut this line off
    await journal.store("b")
    await sent(one)
    await one.stop()

    assert json.loads((tmp_path / "audit.jsonl.1").read_text())["resource"] == "a"
    assert json.loads(path.read_text().splitlines()[1])["resource"] == "b"


@pytest.mark.parametrize(
    "endpoint", ["http://host:1", "syslog+tcp://host", "file://host/x", "file:relative", "host:99999", "host"]
)
def test_what_names_no_place_is_refused_with_a_sentence(endpoint: str) -> None:
    with pytest.raises(ReceiverInvalid, match="use syslog"):
        open_receiver(endpoint)
