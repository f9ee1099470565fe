"""kill -9 at random points of pushes: nothing acknowledged is lost, nothing half-done is left."""

import http.client
import os
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kit.raw import RawClient, digest_of
from kit.server import Server, Settings

_PUSHERS = 4


@dataclass
class _Truth:
    """What the server acknowledged: digest -> bytes, and tag -> digests that it may name."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


def _push_for_ever(registry: str, name: str, seed: int, truth: _Truth, is_over: threading.Event) -> None:
    chance = random.Random(seed)
    repository, count = f"library/{name}", 0
    while not is_over.is_set():
        layer = chance.randbytes(chance.choice([1, 1000, 70_000, 3_000_000]))
        tag = f"t{count % 3}-{seed}"
        count += 1
        try:
            with RawClient(registry) as client:
                client.push_blob(repository, layer)
                with truth.lock:
                    truth.blobs[digest_of(layer)] = layer
                digest = client.push_image(repository, tag, layer)
        except (OSError, http.client.HTTPException):
            continue
        with truth.lock:
            truth.tags[f"{repository}:{tag}"] = digest


def _run_one_round(server: Server, number: int, truth: _Truth, chance: random.Random) -> None:
    is_over = threading.Event()
    pushers = [
        threading.Thread(
            target=_push_for_ever,
            args=(server.registry, f"crash{slot}", number * _PUSHERS + slot, truth, is_over),
        )
        for slot in range(_PUSHERS)
    ]
    for pusher in pushers:
        pusher.start()
    time.sleep(chance.uniform(0.02, 0.6))  # the random point itself, not a wait for something
    server.kill()
    is_over.set()
    for pusher in pushers:
        pusher.join()


def _assert_nothing_is_lost(server: Server, truth: _Truth) -> None:
    with RawClient(server.registry) as client:
        for name, digest in truth.tags.items():
            repository, _, tag = name.partition(":")
            answer = client.ask("GET", f"/v2/{repository}/manifests/{tag}")
            assert answer.status == 200, (name, answer)
            assert digest_of(answer.body) == digest == answer.headers["docker-content-digest"]
        for digest, content in truth.blobs.items():
            held = [client.ask("GET", f"/v2/library/crash{slot}/blobs/{digest}") for slot in range(_PUSHERS)]
            assert any(answer.status == 200 and answer.body == content for answer in held), digest


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize(
    "rounds", [15, pytest.param(150, marks=[pytest.mark.full, pytest.mark.timeout(1800)])]
)
def test_kill_minus_nine_loses_no_acknowledged_push(tmp_path: Path, workers: int, rounds: int) -> None:
    chance = random.Random(rounds * 10 + workers)
    server = Server(tmp_path / "data", Settings(workers=workers))
    truth = _Truth()
    with server:
        for number in range(rounds):
            _run_one_round(server, number, truth, chance)
            server.check(deep=number % 5 == 4)
            server.start()
            if number % 5 == 4:
                _assert_nothing_is_lost(server, truth)
                truth.blobs.clear()

    assert truth.tags, "no push was ever acknowledged: the rounds are too short"
    server.check(deep=True)


def test_an_upload_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    server = Server(tmp_path / "data")
    with server:
        with RawClient(server.registry) as client:
            started = client.ask("POST", "/v2/library/resume/blobs/uploads/", b"")
            where = started.headers["location"]
            client.ask("PATCH", where, content[:400_000], {"Content-Range": "0-399999"})
        server.kill()
        server.start()

        with RawClient(server.registry) as client:
            status = client.ask("GET", where)
            late = client.ask("PATCH", where, content[:10], {"Content-Range": "0-9"})
            grown = client.ask("PATCH", where, content[400_000:], {"Content-Range": "400000-999999"})
            done = client.ask("PUT", f"{where}?digest={digest_of(content)}", b"")
            pulled = client.ask("GET", f"/v2/library/resume/blobs/{digest_of(content)}")

        assert (status.status, status.headers["range"]) == (204, "0-399999")
        assert (late.status, late.headers["range"]) == (416, "0-399999")
        assert (grown.status, done.status) == (202, 201)
        assert pulled.body == content
        server.check(deep=True)


def test_a_worker_that_is_killed_is_replaced_and_loses_nothing(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", Settings(workers=2))
    with server:
        with RawClient(server.registry) as client:
            digest = client.push_image("library/worker", "v1", b"layer")
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii").split()
        os.kill(int(children[0]), 9)

        answers = []
        for _ in range(20):
            try:
                with RawClient(server.registry) as client:
                    answers.append(client.ask("HEAD", "/v2/library/worker/manifests/v1"))
            except (OSError, http.client.HTTPException):  # the connection was the dead worker's
                continue

        assert answers
        assert {answer.headers["docker-content-digest"] for answer in answers} == {digest}
        server.check(deep=True)
