"""kill -9 while trust data is published leaves the old or the new, whole; so do many who publish at once."""

import os
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from kit.publisher import Publisher, bare_pair, document, meta
from kit.server import ADMIN_PASSWORD, HAVRE, Server, Settings
from kit.tools import run

_SEED = int(os.environ.get("HAVRE_TEST_SEED", "0")) or int(time.time())
_TAGS = 300  # of each version: documents of some size, so that a kill can come in between


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Iterator[Server]:
    settings = Settings(workers=2, environment={"HAVRE_DATABASE_URL": database_url})
    with Server(tmp_path / "data", settings) as started:
        yield started
        run([HAVRE, "check", "--data", started.data, "--database-url", database_url])


def _client(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.url, auth=("admin", ADMIN_PASSWORD), timeout=30)


def _version(publisher: Publisher, version: int) -> bytes:
    tags = {f"v{number}": b"%d" % (version + number) for number in range(_TAGS)}
    return document(publisher.targets_words(version, tags), [publisher.targets])


def _newest(publisher: Publisher) -> int:
    """Read the collection as clients do; every document must be the one that the one before names."""
    timestamp = publisher.get("timestamp.json").json()["signed"]
    snapshot = publisher.get("snapshot.json")
    assert timestamp["meta"]["snapshot"] == meta(snapshot.content)
    for role, told in snapshot.json()["signed"]["meta"].items():
        assert told == meta(publisher.get(f"{role}.json").content), f"{role} is torn, HAVRE_TEST_SEED={_SEED}"
    return int(publisher.get("targets.json").json()["signed"]["version"])


@pytest.mark.parametrize("rounds", [6, pytest.param(100, marks=pytest.mark.full)])
@pytest.mark.timeout(3600)
def test_a_kill_leaves_the_old_collection_or_the_new_one(server: Server, rounds: int) -> None:
    dice = random.Random(_SEED)
    with _client(server) as http:
        publisher = Publisher(http, f"{server.registry}/library/torn")
        assert publisher.first().status_code == 200
    acknowledged = 1
    for _ in range(rounds):
        known = _publish_until_killed(server, publisher, acknowledged, dice)
        server.start()
        with _client(server) as http:
            publisher.http = http
            found = _newest(publisher)
        assert found in (known, known + 1), f"HAVRE_TEST_SEED={_SEED}"
        acknowledged = found


def _publish_until_killed(server: Server, publisher: Publisher, version: int, dice: random.Random) -> int:
    """Publish one version after the other; the last one that was acknowledged."""
    killer = threading.Timer(dice.uniform(0.05, 0.6), server.kill)  # the moment is the dice's
    killer.start()
    try:
        with _client(server) as http:
            publisher.http = http
            while True:
                answer = publisher.publish({"targets": _version(publisher, version + 1)})
                assert answer.status_code == 200, answer.text
                version += 1
    except httpx.TransportError:
        return version
    finally:
        killer.join()


def test_of_two_who_publish_one_version_one_wins(server: Server) -> None:
    with _client(server) as http:
        publisher = Publisher(http, f"{server.registry}/library/race")
        assert publisher.first().status_code == 200
        for version in range(2, 8):
            bodies = [
                document(publisher.targets_words(version, {f"by{who}": b"x"}), [publisher.targets])
                for who in range(4)
            ]
            with ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda body: publisher.publish({"targets": body}), bodies))

            assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
            losers = [answer.json()["errors"][0]["code"] for answer in answers if answer.status_code == 400]
            assert losers == ["VERSION"] * 3
            [winner] = [body for body, one in zip(bodies, answers, strict=True) if one.status_code == 200]
            assert publisher.get("targets.json").content == winner
            assert _newest(publisher) == version


def test_who_publish_different_roles_at_once_all_get_through(server: Server) -> None:
    delegates = [(f"targets/d{number}", bare_pair()) for number in range(6)]
    with _client(server) as http:
        publisher = Publisher(http, f"{server.registry}/library/many")
        publisher.take_keys()
        first = publisher.publish(
            {
                "root": document(publisher.root_words(), [publisher.root]),
                "targets": document(
                    publisher.targets_words(delegations=publisher.delegations(*delegates)),
                    [publisher.targets],
                ),
            }
        )
        assert first.status_code == 200, first.text

        with ThreadPoolExecutor(6) as pool:
            answers = list(
                pool.map(
                    lambda one: publisher.publish({one[0]: document(publisher.targets_words(), [one[1]])}),
                    delegates,
                )
            )

        assert [answer.status_code for answer in answers] == [200] * 6, [one.text for one in answers]
        named = publisher.get("snapshot.json").json()["signed"]["meta"]
        assert {role for role, _ in delegates} < named.keys()
        _newest(publisher)
