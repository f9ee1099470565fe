"""kill -9 in the middle of retention: what a rule keeps stays whole, what it does not goes in the end."""

import os
import random
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from crash.client import MANIFEST_TYPE, Client, digest_of, image_of
from kit.server import HAVRE, Server, Settings
from kit.tools import run

_SEED = int(os.environ.get("HAVRE_TEST_SEED", "0")) or int(time.time())
_CONFIG = b"{}"
_REPOSITORIES = 6
_KEPT = 3  # by the rule, of each repository
_THREADS = 6
_DEADLINE_S = 120
_BUSY = "SELECT COUNT(*) FROM job WHERE kind LIKE 'RETENTION%' AND state IN ('waiting', 'running')"
_SKIP_WAITS = "UPDATE job SET run_after = 1 WHERE kind LIKE 'RETENTION%' AND state = 'waiting'"
_RULE = {
    "template": "latestPushedK",
    "action": "retain",
    "params": {"latestPushedK": _KEPT},
    "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}],
    "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
}


@dataclass
class Shelves:
    """A server with a rule, and the images of each repository in the order of their pushes."""

    server: Server
    url: str
    policy: int = 0
    pushed: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    cut: int = 0  # kills that came in the middle

    def keep_newest(self) -> None:
        """Give the project its rule."""
        project = self.server.api.http.get("/projects/library").json()["project_id"]
        body = {"algorithm": "or", "rules": [_RULE], "scope": {"level": "project", "ref": project}}
        answer = self.server.api.http.post("/retentions", json=body)
        assert answer.status_code == 201, answer.text
        self.policy = int(answer.headers["location"].rpartition("/")[2])

    def fill(self, tags: int) -> None:
        """Push tagged images, each with a layer of its own and one that all share."""
        with ThreadPoolExecutor(_THREADS) as pool:
            list(
                pool.map(lambda number: self._fill_one(f"library/shelf{number}", tags), range(_REPOSITORIES))
            )

    def _fill_one(self, repository: str, tags: int) -> None:
        shelf = self.pushed.setdefault(repository, [])
        with Client(self.server.port) as client:
            for blob in (_CONFIG, b"shared"):
                assert client.push(repository, blob).status == 201
            for _ in range(tags):
                layer = f"{repository} {len(shelf)}".encode()
                assert client.push(repository, layer).status == 201
                body = image_of(_CONFIG, [b"shared", layer])
                tag = f"v{len(shelf)}"
                answer = client.ask(
                    "PUT", f"/v2/{repository}/manifests/{tag}", body, Content_Type=MANIFEST_TYPE
                )
                assert answer.status == 201
                shelf.append((tag, layer))

    def start(self) -> None:
        """Ask for a run; one that was taken over may be under way."""
        answer = self.server.api.http.post(f"/retentions/{self.policy}/executions", json={"dry_run": False})
        assert answer.status_code in (201, 409, 412), answer.text

    def number(self, statement: str) -> int:
        """Ask the database directly."""
        if self.url.startswith("sqlite:///"):
            with closing(sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=15)) as connection:
                with connection:
                    row = connection.execute(statement).fetchone()
                return int(row[0]) if row else 0
        with psycopg.connect(self.url) as link:
            cursor = link.execute(statement.encode())
            row = cursor.fetchone() if cursor.description else None
            return int(row[0]) if row else 0

    def tags(self) -> int:
        """Count the tags that are there."""
        return self.number("SELECT COUNT(*) FROM tag")

    def audit(self, *, is_over: bool) -> None:
        """Pull what the rule keeps; when all is over nothing else is there."""
        with Client(self.server.port) as client:
            for repository, shelf in self.pushed.items():
                for tag, layer in shelf[-_KEPT:]:
                    answer = client.manifest(repository, tag)
                    assert answer.status == 200, f"{repository}:{tag} HAVRE_TEST_SEED={_SEED}"
                    assert answer.body == image_of(_CONFIG, [b"shared", layer])
                    assert client.blob(repository, digest_of(layer)).body == layer
                gone = [client.manifest(repository, tag).status for tag, _ in shelf[:-_KEPT]]
                assert set(gone) <= ({404} if is_over else {200, 404}), f"HAVRE_TEST_SEED={_SEED}"

    def check(self) -> None:
        """Hold rows and bytes against each other."""
        run([HAVRE, "check", "--deep", "--data", self.server.data, "--database-url", self.url])

    def wait(self) -> None:
        """Let runs come to their end, those too that a dead process left."""
        deadline = time.monotonic() + _DEADLINE_S
        while self.number(_BUSY):
            assert time.monotonic() < deadline, f"HAVRE_TEST_SEED={_SEED}\n{self.server.log_tail()}"
            self.number(_SKIP_WAITS)
            time.sleep(0.1)  # between two looks at the condition


@pytest.fixture
def shelves(tmp_path: Path, database_url: str) -> Iterator[Shelves]:
    environment = {"HAVRE_DATABASE_URL": database_url, "HAVRE_JOBS_LEASE_S": "2"}
    with Server(tmp_path / "data", Settings(workers=2, environment=environment)) as server:
        yield Shelves(server, database_url)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("rounds", "tags"), [(3, 40), pytest.param(30, 120, marks=pytest.mark.full)])
def test_a_run_that_is_killed_deletes_what_the_rule_says_and_nothing_else(
    shelves: Shelves, rounds: int, tags: int
) -> None:
    dice = random.Random(_SEED)
    shelves.keep_newest()
    for _ in range(rounds):
        shelves.fill(tags)
        before = shelves.tags()
        shelves.start()
        deadline, goal = time.monotonic() + _DEADLINE_S, before - dice.randrange(1, before // 2)
        while shelves.tags() > goal and time.monotonic() < deadline:
            time.sleep(0.005)  # the moment is the dice's, counted in deletions
        shelves.server.kill()
        left = shelves.tags()
        shelves.cut += _REPOSITORIES * _KEPT < left < before
        shelves.check()
        shelves.server.start()
        shelves.audit(is_over=False)

    shelves.wait()
    shelves.start()
    shelves.wait()

    shelves.audit(is_over=True)
    shelves.check()
    assert shelves.cut > 0, "no kill came in the middle of a run: nothing is proved"
    assert shelves.tags() == _REPOSITORIES * _KEPT
