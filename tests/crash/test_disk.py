"""Full and broken disks: the client is told in the envelope, the process lives, and later all is well."""

import os
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from crash.client import MANIFEST_TYPE, Answer, Client, digest_of, image_of
from crash.faulty import Injection, SmallDisk
from crash.ledger import Ledger
from crash.pushing import Drive
from kit.server import Server

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
REPOSITORY = "library/disk"
_ROOM_KIB = 12 * 1024
_TOO_LARGE = 16 * 1024 * 1024  # more than the room, less than the server swallows to get its answer through
_DISK_CALLS = ("fsync", "fdatasync", "pwrite64", "/^link")


def _at_once(client: Client, data: bytes) -> Answer:
    return client.ask("POST", f"/v2/{REPOSITORY}/blobs/uploads/?digest={digest_of(data)}", data)


def _post_put(client: Client, data: bytes) -> Answer:
    return client.push(REPOSITORY, data)


def _streamed(client: Client, data: bytes) -> Answer:
    started = client.start(REPOSITORY)
    if started.status != 202:
        return started
    pieces = (data[at : at + 65_536] for at in range(0, len(data), 65_536))
    answer = client.ask("PATCH", started.location, pieces)
    if answer.status != 202:
        return answer
    return client.ask("PUT", f"{started.location}?digest={digest_of(data)}", Content_Length="0")


def _manifest(client: Client, blobs: list[bytes], tag: str) -> Answer:
    return client.ask(
        "PUT",
        f"/v2/{REPOSITORY}/manifests/{tag}",
        image_of(blobs[0], blobs[1:]),
        Content_Type=MANIFEST_TYPE,
    )


def _expect_pushes(client: Client, data: bytes) -> None:
    """Every way to push works, and what was pushed comes back."""
    for push in (_at_once, _post_put, _streamed):
        own = data + push.__name__.encode()
        assert push(client, own).status == 201
        assert client.blob(REPOSITORY, digest_of(own)).body == own
    assert _manifest(client, [data + b"_at_once"], "well").status == 201
    assert client.manifest(REPOSITORY, "well").status == 200


@pytest.mark.parametrize("push", [_at_once, _post_put, _streamed])
def test_a_blob_that_finds_no_room_is_told_507_and_its_room_is_free_again(
    tmp_path: Path, push: Callable[[Client, bytes], Answer]
) -> None:
    with SmallDisk(tmp_path / "data", _ROOM_KIB) as server, Client(server.port) as client:
        kept = os.urandom(1_000_000)
        assert client.push(REPOSITORY, kept).status == 201
        pid = server.pid

        for _ in range(2):
            told = push(client, os.urandom(_TOO_LARGE))
            assert (told.status, told.error_code) == (507, "UNAVAILABLE")

        assert client.blob(REPOSITORY, digest_of(kept)).body == kept
        _expect_pushes(client, os.urandom(1_000_000))
        server.check()
        assert server.pid == pid


def test_a_disk_without_a_free_byte_refuses_pushes_serves_pulls_and_recovers(tmp_path: Path) -> None:
    with SmallDisk(tmp_path / "data", _ROOM_KIB) as server, Client(server.port) as client:
        kept = os.urandom(100_000)
        assert client.push(REPOSITORY, kept).status == 201
        assert _manifest(client, [kept], "kept").status == 201
        server.fill()

        for push in (_at_once, _post_put, _streamed):
            told = [push(client, os.urandom(100_000)) for _ in range(20)]
            assert {answer.status for answer in told} <= {201, 507}  # the log may have pages to spare
            assert told[-1].status == 507
            assert told[-1].error_code == "UNAVAILABLE"
        told = [_manifest(client, [kept, kept], f"more-{number}") for number in range(20)]
        assert {answer.status for answer in told} <= {201, 507}
        assert client.blob(REPOSITORY, digest_of(kept)).body == kept
        assert client.manifest(REPOSITORY, "kept").status == 200

        server.empty()
        _expect_pushes(client, os.urandom(100_000))
        for number, answer in enumerate(told):
            expected = 200 if answer.status == 201 else 404
            assert client.manifest(REPOSITORY, f"more-{number}").status == expected
        server.check()


@pytest.mark.parametrize("call", _DISK_CALLS)
def test_a_call_that_the_disk_fails_is_told_5xx_and_once_it_works_all_is_well(
    tmp_path: Path, call: str
) -> None:
    with Server(tmp_path / "data") as server, Client(server.port) as client:
        kept = os.urandom(100_000)
        assert client.push(REPOSITORY, kept).status == 201
        assert _manifest(client, [kept], "kept").status == 201
        pid = server.pid

        with Injection(pid, call, "error=EIO"):
            for push in (_at_once, _post_put, _streamed):
                told = push(client, os.urandom(100_000))
                assert (told.status, told.error_code) == (503, "UNAVAILABLE")
            told = _manifest(client, [kept, kept], "broken")
            assert told.status in (201, 503)  # a link is none of a manifest's business
            assert client.blob(REPOSITORY, digest_of(kept)).body == kept
            assert client.manifest(REPOSITORY, "kept").status == 200

        assert client.manifest(REPOSITORY, "broken").status == (200 if told.status == 201 else 404)
        _expect_pushes(client, os.urandom(100_000))
        server.check()
        assert server.pid == pid
        server.restart()
        server.check()
        with Client(server.port) as again:
            assert again.blob(REPOSITORY, digest_of(kept)).body == kept


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("rounds", [6, pytest.param(60, marks=pytest.mark.full)])
def test_a_kill_at_the_very_call_that_makes_bytes_or_rows_durable_loses_nothing(
    tmp_path: Path, rounds: int
) -> None:
    dice, book = random.Random(), Ledger()
    with Server(tmp_path / "data") as server:
        for number in range(rounds):
            call = _DISK_CALLS[number % len(_DISK_CALLS)]
            drive = Drive(server.port, book, threading.Event(), outlives_breaks=False)
            with Injection(server.pid, call, f"signal=SIGKILL:when={dice.randint(1, 6)}"):
                for thread in drive.start(4, dice.randrange(1 << 30)):
                    thread.join(60)
                    assert not thread.is_alive(), f"the server outlived {call}"
            server.kill()  # dead already: this gathers it
            server.check()
            server.start()
            with Client(server.port) as client:
                book.audit(client)
            assert book.faults == [], f"killed at {call}; the server's log:\n{server.log_tail()}"
        with Client(server.port) as client:
            book.audit_archive(client)
        server.check()
        assert book.faults == []
