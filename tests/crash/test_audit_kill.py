"""kill -9 while the journal is sealed and purged: the chain verifies, no row is lost, purges go on."""

import asyncio
import os
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from havre.adapters.database import open_database
from havre.audit import AuditJournal
from havre.kernel.clock import SystemClock
from kit.journal import ALICE, Stored
from kit.server import HAVRE, Server, Settings
from kit.tools import run

_SEED = int(os.environ.get("HAVRE_TEST_SEED", "0")) or int(time.time())
_ROWS = 4000  # of one round: a seal, and eight pieces of a purge
_BATCH = 500
_LONGEST_S = 0.4  # from the wish, or from the first piece that is gone, to the kill
_DEADLINE_S = 60
_PURGE = {"schedule": {"type": "Manual"}, "parameters": {"include_event_types": "create_thing"}}
_PIECES = "SELECT COUNT(*) FROM audit_seal WHERE kind = 'purge'"
_PURGED = "SELECT COALESCE(SUM(row_count), 0) FROM audit_seal WHERE kind = 'purge'"
_LEFT = "SELECT COUNT(*) FROM event WHERE name = 'thing.stored'"
_RUNNING = "SELECT COUNT(*) FROM job WHERE kind = 'PURGE_AUDIT_LOG' AND state IN ('waiting', 'running')"
_UNSEALED = (
    "SELECT COUNT(*) FROM event WHERE id > (SELECT COALESCE(MAX(last_id), 0) FROM audit_seal"
    " WHERE kind = 'rows') AND name = 'thing.stored'"
)


@dataclass
class Archive:
    """A server, the rows it was given, and the questions that are put to its database directly."""

    server: Server
    url: str
    stored: int = 0
    cut: list[str] = field(default_factory=list)  # what the kills came in the middle of

    async def fill(self) -> None:
        """Write rows into the journal as another process of the instance does."""
        database = open_database(self.url, AuditJournal(SystemClock()))
        for _ in range(0, _ROWS, _BATCH):
            async with database.write() as work:
                for number in range(_BATCH):
                    work.announce(Stored(actor=ALICE, resource=str(number)))
            self.stored += _BATCH
        await database.close()

    def purge(self) -> None:
        """Ask for a purge of all of them."""
        answer = self.server.api.http.post("/system/purgeaudit/schedule", json=_PURGE)
        assert answer.status_code == 201, answer.text

    def ask(self, question: str) -> int:
        """Put a question to the database that one number answers."""
        if self.url.startswith("sqlite:///"):
            connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=15)
            try:
                return int(connection.execute(question).fetchone()[0])
            finally:
                connection.close()
        with psycopg.connect(self.url) as link:
            row = link.execute(question.encode()).fetchone()
            return int(row[0]) if row else 0

    def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + _DEADLINE_S
        while not is_so():
            assert time.monotonic() < deadline, f"HAVRE_TEST_SEED={_SEED}\n{self.server.log_tail()}"
            time.sleep(0.005)  # between two looks at the condition

    def until_more_than(self, pieces: int) -> None:
        """Wait until a piece more is purged."""
        self.until(lambda: self.ask(_PIECES) > pieces)

    def kill(self) -> None:
        """End every process at once, and note what was under way."""
        self.server.kill()
        if self.ask(_RUNNING):
            self.cut.append("purge" if self.ask(_LEFT) < self.stored and self.ask(_LEFT) > 1 else "seal")

    def audit(self) -> None:
        """Hold the chain against the rows, and the rows against what was acknowledged."""
        where = f"HAVRE_TEST_SEED={_SEED}"
        run([HAVRE, "audit", "verify", "--data", self.server.data, "--database-url", self.url])
        assert self.ask(_LEFT) + self.ask(_PURGED) == self.stored, where
        assert self.ask("SELECT COUNT(*) FROM audit_seal") == self.ask(
            "SELECT COALESCE(MAX(id), 0) FROM audit_seal"
        ), where


@pytest.fixture
def archive(tmp_path: Path, database_url: str) -> Iterator[Archive]:
    environment = {
        "HAVRE_DATABASE_URL": database_url,
        "HAVRE_AUDIT_SEAL_EVERY_S": "1",
        "HAVRE_JOBS_LEASE_S": "2",
    }
    with Server(tmp_path / "data", Settings(workers=2, environment=environment)) as server:
        yield Archive(server, database_url)


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("rounds", [5, pytest.param(40, marks=pytest.mark.full)])
def test_a_journal_that_is_sealed_and_purged_survives_kills(archive: Archive, rounds: int) -> None:
    dice = random.Random(_SEED)
    for number in range(rounds):
        asyncio.run(archive.fill())
        pieces = archive.ask(_PIECES)
        archive.purge()
        if number % 2:  # in the middle of the purge, not only before it
            archive.until_more_than(pieces)
        time.sleep(dice.uniform(0, _LONGEST_S))  # the moment of the kill is the dice's
        archive.kill()
        archive.audit()
        archive.server.start()

    archive.purge()
    archive.until(lambda: archive.ask(_RUNNING) == 0)
    archive.until(lambda: archive.ask(_UNSEALED) == 0)

    archive.audit()
    assert archive.ask(_LEFT) <= 1  # the newest row of all stays
    assert archive.cut, "no kill came in the middle of anything: nothing is proved"
