"""kill -9 in the middle of collections: nothing alive is lost, nothing dead stays, the next run goes on."""

import hashlib
import os
import random
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from crash.client import MANIFEST_TYPE, Client, digest_of, image_of
from kit.server import HAVRE, Server, Settings
from kit.tools import run

_SEED = int(os.environ.get("HAVRE_TEST_SEED", "0")) or int(time.time())
_REPOSITORY = "library/kept"
_CONFIG = b"{}"
_DEAD = 1200  # of one round: some seconds of work for the collector and the sweep
_IMAGES = 3  # pushed in one round; each shares a layer with one that is deleted
_LONGEST_S = 0.2  # from the progress that was waited for to the kill: into the sweep, now and then
_DEADLINE_S = 120
_AGAIN_S = 5
_RUN = {"schedule": {"type": "Manual"}, "parameters": {"workers": 3}}
_BUSY = "SELECT COUNT(*) FROM job WHERE kind = 'GARBAGE_COLLECTION' AND state IN ('waiting', 'running')"
_DUE = "SELECT COUNT(*) FROM gc_queue WHERE review_after < 10"
_TRASHED = "SELECT COUNT(*) FROM trash WHERE key LIKE 'blobs/%'"
# A grace period and a sweep's margin go by, and what a job that failed waits; nothing is pushed meanwhile.
_RETRY = "UPDATE job SET run_after = 1 WHERE kind = 'GARBAGE_COLLECTION' AND state = 'waiting'"
_AGE = (
    _RETRY,
    "UPDATE gc_queue SET review_after = 1",
    "UPDATE repo_blob SET lease_until = 1, created_at = 1",
    "UPDATE blob SET created_at = 1",
    "UPDATE trash SET delete_after = 1 WHERE key LIKE 'blobs/%'",
)


@dataclass
class Yard:
    """A server, its rows, and the images that must outlive everything."""

    server: Server
    url: str
    kept: dict[str, Sequence[bytes]] = field(default_factory=dict)
    command: "subprocess.Popen[bytes] | None" = None
    due: int = 0  # reviews that the coming collection finds
    cut: int = 0  # kills that came in the middle

    def sql(self, statements: Sequence[str]) -> int:
        """Run statements in the database directly; the last one may answer a number."""
        if self.url.startswith("sqlite:///"):
            connection = sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=15)
            try:
                with connection:
                    rows = [connection.execute(one).fetchone() for one in statements]
            finally:
                connection.close()
            return int(rows[-1][0]) if rows[-1] else 0
        while True:
            try:
                return self._postgres(statements)
            except psycopg.errors.DeadlockDetected:
                continue  # a collection locks rows in another order, and ours were given up: once more

    def _postgres(self, statements: Sequence[str]) -> int:
        with psycopg.connect(self.url) as link:
            for one in statements:
                cursor = link.execute(one.encode())
            row = cursor.fetchone() if cursor.description else None
            return int(row[0]) if row else 0

    def fill(self, dice: random.Random) -> None:
        """Push images, delete others that share their layers, and let blobs die in numbers; all is due."""
        with Client(self.server.port) as client:
            for _ in range(_IMAGES):
                shared, own, dead = (dice.randbytes(2000) for _ in range(3))
                for blob in (_CONFIG, shared, own, dead):
                    assert client.push(_REPOSITORY, blob).status == 201
                for layers, is_kept in (([shared, own], True), ([shared, dead], False)):
                    body = image_of(_CONFIG, layers)
                    path = f"/v2/{_REPOSITORY}/manifests/{digest_of(body)}"
                    assert client.ask("PUT", path, body, Content_Type=MANIFEST_TYPE).status == 201
                    if is_kept:
                        self.kept[digest_of(body)] = [_CONFIG, *layers]
                    else:
                        assert client.ask("DELETE", path).status == 202
        self._let_die(dice)
        self.sql(_AGE)
        self.due = self.sql([_DUE])

    def _let_die(self, dice: random.Random) -> None:
        """Bytes first, then rows, as uploads leave them that nobody named in a manifest."""
        blobs, reviews = [], []
        for _ in range(_DEAD):
            content = dice.randbytes(16)
            encoded = hashlib.sha256(content).hexdigest()
            key = f"blobs/{encoded[:2]}/{encoded}.{dice.randrange(10**26):026d}"
            path = self.server.data / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            blobs.append(f"('sha256:{encoded}', '{key}', 16, 1)")
            reviews.append(f"('blob', 0, 'sha256:{encoded}', 1, 'uploaded')")
        rows = ", ".join(reviews)
        self.sql(
            [
                f"INSERT INTO blob (digest, key, size, created_at) VALUES {', '.join(blobs)}",
                f"INSERT INTO gc_queue (kind, repo_id, digest, review_after, reason) VALUES {rows}",
            ]
        )

    def start_collection(self) -> None:
        """Ask for one by the API."""
        answer = self.server.api.http.post("/system/gc/schedule", json=_RUN)
        assert answer.status_code in (201, 409), answer.text  # one may have been taken over meanwhile

    def start_command(self) -> None:
        """Run `havre collect` beside the server, unless it runs."""
        if self.command is not None and self.command.poll() is None:
            return
        where = ["--data", str(self.server.data), "--database-url", self.url]
        command = [str(HAVRE), "collect", *where, "--json"]
        self.command = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kill_command(self) -> None:
        """Kill it, if it has not ended by itself."""
        if self.command is not None:
            self.command.kill()
            self.command.wait()

    def wait_for_the_moment(self, dice: random.Random, start: Callable[[], None]) -> None:
        """Start a collection and let it come as far as the dice say, however slow the machine."""
        deadline = time.monotonic() + _DEADLINE_S
        left, again_at = dice.randrange(1, self.due), 0.0
        while self.sql([_DUE]) > left:
            assert time.monotonic() < deadline, f"HAVRE_TEST_SEED={_SEED}\n{self.server.log_tail()}"
            if time.monotonic() > again_at:  # one that two had hold of may leave some to the next
                start()
                again_at = time.monotonic() + _AGAIN_S
            self.sql([_RETRY])  # a job that was killed may have been given back only now
            time.sleep(0.002)  # between two looks at the condition
        time.sleep(dice.choice((0, dice.uniform(0, _LONGEST_S))))  # the moment is the dice's

    def note_the_cut(self) -> None:
        """Count a kill that left a collection begun and not ended."""
        due, trashed = self.sql([_DUE]), self.sql([_TRASHED])
        self.cut += due < self.due and (due, trashed) != (0, 0)

    def audit(self) -> None:
        """Pull every kept image whole."""
        with Client(self.server.port) as client:
            for digest, contents in self.kept.items():
                assert client.manifest(_REPOSITORY, digest).status == 200, f"HAVRE_TEST_SEED={_SEED}"
                for content in contents:
                    answer = client.blob(_REPOSITORY, digest_of(content))
                    assert answer.body == content, f"HAVRE_TEST_SEED={_SEED}"

    def check(self) -> None:
        """Hold rows and bytes against each other."""
        run([HAVRE, "check", "--deep", "--data", self.server.data, "--database-url", self.url])

    def finish(self) -> None:
        """Let collections come to their end: the rows, then the bytes."""
        deadline = time.monotonic() + _DEADLINE_S
        while self.sql([_DUE]) or self.sql([_TRASHED]):
            assert time.monotonic() < deadline, f"HAVRE_TEST_SEED={_SEED}\n{self.server.log_tail()}"
            self.sql(_AGE)
            self.start_collection()
            while self.sql([_BUSY]):
                assert time.monotonic() < deadline, f"HAVRE_TEST_SEED={_SEED}\n{self.server.log_tail()}"
                time.sleep(0.05)  # between two looks at the condition


@pytest.fixture
def yard(tmp_path: Path, database_url: str) -> Iterator[Yard]:
    environment = {
        "HAVRE_DATABASE_URL": database_url,
        "HAVRE_JOBS_LEASE_S": "2",
        "HAVRE_REGISTRY_COLLECT_EVERY_S": "86400",
        "HAVRE_REGISTRY_SWEEP_EVERY_S": "86400",
    }
    with Server(tmp_path / "data", Settings(workers=2, environment=environment)) as server:
        yield Yard(server, database_url)


@pytest.mark.timeout(7200)
@pytest.mark.parametrize("rounds", [4, pytest.param(60, marks=pytest.mark.full)])
def test_a_collection_that_is_killed_loses_nothing_and_goes_on(yard: Yard, rounds: int) -> None:
    dice = random.Random(_SEED)
    for number in range(rounds):
        yard.fill(dice)
        if number % 2:
            yard.wait_for_the_moment(dice, yard.start_command)
            yard.kill_command()
        else:
            yard.wait_for_the_moment(dice, yard.start_collection)
            yard.server.kill()
        yard.note_the_cut()
        yard.check()
        if not number % 2:
            yard.server.start()
        yard.audit()

    yard.finish()

    yard.audit()
    yard.check()
    assert yard.cut > 0, "no kill came in the middle of a collection: nothing is proved"
    living = {digest_of(content) for contents in yard.kept.values() for content in contents}
    files = {f"sha256:{path.name.partition('.')[0]}" for path in (yard.server.data / "blobs").glob("*/*")}
    assert files == living
    assert yard.sql(["SELECT COUNT(*) FROM blob"]) == len(living)
