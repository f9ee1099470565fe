"""kill -9 at random points: nothing acknowledged is lost, nothing is half there, everything goes on."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from crash.client import Broken, Client
from crash.ledger import Ledger
from crash.pushing import Drive
from kit.server import Server, Settings

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
_THREADS = 6
# From the first request's head to many whole images.
_LONGEST_S = 0.7
_JOIN_S = 60
STATED = 300
SEED = int(os.environ.get("HAVRE_TEST_SEED", "0")) or int(time.time())


@pytest.fixture
def book() -> Ledger:
    """An empty ledger."""
    return Ledger()


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("rounds", [10, pytest.param(STATED // 2, marks=pytest.mark.full)])
def test_the_whole_server_is_killed_in_the_middle_of_pushes(
    tmp_path: Path, book: Ledger, workers: int, rounds: int
) -> None:
    dice = random.Random(SEED)
    with Server(tmp_path / "data", Settings(workers=workers)) as server:
        for number in range(rounds):
            drive = Drive(server.port, book, threading.Event(), outlives_breaks=False)
            threads = drive.start(_THREADS, SEED + number)
            threads[0].join(dice.uniform(0, _LONGEST_S))
            server.kill()
            _join(threads)
            server.check()
            server.start()
            _audit(server, book, number)
        with Client(server.port) as client:
            book.audit_archive(client)
        server.check()
        assert book.faults == []
        assert book.archive, "nothing was acknowledged: the kill came too early to prove anything"


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("rounds", [10, pytest.param(STATED // 2, marks=pytest.mark.full)])
def test_one_worker_of_two_is_killed_and_the_other_goes_on(tmp_path: Path, book: Ledger, rounds: int) -> None:
    dice = random.Random(SEED)
    with Server(tmp_path / "data", Settings(workers=2)) as server:
        for number in range(rounds):
            drive = Drive(server.port, book, threading.Event(), outlives_breaks=True)
            threads = drive.start(_THREADS, SEED + number)
            threads[0].join(dice.uniform(0, _LONGEST_S))
            victim = dice.choice(_children(server.pid))
            os.kill(victim, signal.SIGKILL)
            threads[0].join(dice.uniform(0, _LONGEST_S))
            drive.stop.set()
            _join(threads)
            _await_replacement(server.pid, victim)
            _audit(server, book, number)
            server.check()
        server.restart()
        with Client(server.port) as client:
            book.audit_archive(client)
        server.check()
        assert book.faults == []
        assert book.archive


def _audit(server: Server, book: Ledger, number: int) -> None:
    with Client(server.port) as client:
        try:
            book.audit(client)
        except Broken as error:
            book.find_fault(f"no answer although nobody was killed: {error!r}")
    assert book.faults == [], (
        f"round {number}, HAVRE_TEST_SEED={SEED}; the server's log:\n{server.log_tail()}"
    )


def _join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(_JOIN_S)
        assert not thread.is_alive(), "a client waits for an answer that never comes"


def _children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _await_replacement(pid: int, victim: int) -> None:
    deadline = time.monotonic() + 20
    while victim in (found := _children(pid)) or len(found) != 2:
        assert time.monotonic() < deadline, "the worker was not replaced"
        time.sleep(0.02)  # between two looks at the condition
