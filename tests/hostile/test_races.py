"""Many at once on the same thing: all succeed or are told so, and there is one truth."""

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest

from hostile.words import assert_sane
from kit.exchange import Exchange, Reply, head_of, read_reply
from kit.house import CONFIG, descriptor, encode, image, index
from kit.server import Server

Outcome = TypeVar("Outcome")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SIZES = [6, pytest.param(24, marks=pytest.mark.full)]


def at_once(server: Server, many: int, act: Callable[[Exchange, int], Outcome]) -> Sequence[Outcome]:
    """Do `act` on `many` connections at the same moment."""
    meeting = Barrier(many)

    def run(number: int) -> Outcome:
        with Exchange.with_server(server) as wire:
            assert wire.ask("GET", "/v2/").status == 200
            meeting.wait(30)
            return act(wire, number)

    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(run, range(many)))


def digest_of(content: bytes) -> str:
    """Name some bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.mark.parametrize("many", SIZES)
@pytest.mark.parametrize("size", [10, 700_000])
def test_the_same_blob_pushed_at_once_is_one_blob(
    server: Server, wire: Exchange, many: int, size: int
) -> None:
    content = random.Random(many * size).randbytes(size)

    def push(mine: Exchange, number: int) -> Reply:
        where = mine.ask("POST", f"/v2/library/race{number % 2}/blobs/uploads/", b"").header("location")
        mine.ask("PATCH", where, iter([content]))
        return mine.ask("PUT", f"{where}?digest={digest_of(content)}", b"")

    answers = at_once(server, many, push)

    assert [answer.status for answer in answers] == [201] * many
    for number in range(2):
        assert wire.ask("GET", f"/v2/library/race{number}/blobs/{digest_of(content)}").body == content


@pytest.mark.parametrize("many", SIZES)
def test_the_same_tag_pushed_at_once_names_one_of_the_manifests(
    server: Server, wire: Exchange, many: int
) -> None:
    name = f"library/tagrace{many}"
    assert wire.ask("POST", f"/v2/{name}/blobs/uploads/?digest={digest_of(CONFIG)}", CONFIG).status == 201
    bodies = [encode(image(annotations={"n": str(number)})) for number in range(many)]

    answers = at_once(
        server, many, lambda mine, number: mine.ask("PUT", f"/v2/{name}/manifests/v1", bodies[number])
    )
    named = {wire.ask("GET", f"/v2/{name}/manifests/v1").body for _ in range(6)}

    assert [answer.status for answer in answers] == [201] * many
    assert len(named) == 1
    assert named <= set(bodies)
    for body in bodies:
        assert wire.ask("GET", f"/v2/{name}/manifests/{digest_of(body)}").body == body


@pytest.mark.parametrize("many", SIZES)
def test_the_first_push_to_a_repository_may_come_many_times_at_once(
    server: Server, wire: Exchange, many: int
) -> None:
    name = f"library/first{many}"
    body = encode(image())

    def push(mine: Exchange, _number: int) -> int:
        mine.ask("POST", f"/v2/{name}/blobs/uploads/?digest={digest_of(CONFIG)}", CONFIG)
        return mine.ask("PUT", f"/v2/{name}/manifests/v1", body).status

    assert set(at_once(server, many, push)) == {201}
    assert json.loads(wire.ask("GET", f"/v2/{name}/tags/list").body)["tags"] == ["v1"]


def test_the_second_of_two_patches_at_once_is_refused(wire: Exchange) -> None:
    where = wire.ask("POST", "/v2/library/patch/blobs/uploads/", b"").header("location")
    with wire.open() as first:
        # The server says 100 when it begins to read: from then on the upload is the first one's.
        head = ("Content-Length: 100", "Content-Range: 0-99", "Expect: 100-continue")
        first.sendall(head_of("PATCH", where, *head))
        assert first.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        first.sendall(b"a" * 50)
        second = wire.ask("PATCH", where, b"b" * 100, {"Content-Range": "0-99"})
        first.sendall(b"a" * 50)
        grown = read_reply(first, "PATCH")
    content = b"a" * 100

    assert (second.status, second.code) == (409, "BLOB_UPLOAD_INVALID")
    assert grown is not None
    assert (grown.status, grown.header("range")) == (202, "0-99")
    assert wire.ask("PUT", f"{where}?digest={digest_of(content)}", b"").status == 201


@pytest.mark.parametrize("many", SIZES)
def test_patches_at_once_on_one_upload_never_mix(server: Server, wire: Exchange, many: int) -> None:
    where = wire.ask("POST", "/v2/library/mixed/blobs/uploads/", b"").header("location")
    pieces = [bytes([number]) * 300_000 for number in range(many)]

    answers = at_once(
        server,
        many,
        lambda mine, number: mine.ask("PATCH", where, pieces[number], {"Content-Range": "0-299999"}),
    )
    winner = [number for number, answer in enumerate(answers) if answer.status == 202]

    assert len(winner) == 1
    assert {answer.status for answer in answers} <= {202, 409, 416}
    done = wire.ask("PUT", f"{where}?digest={digest_of(pieces[winner[0]])}", b"")
    assert done.status == 201


def test_puts_at_once_on_one_upload_end_as_one_blob(server: Server, wire: Exchange) -> None:
    content = b"put at once" * 10_000
    where = wire.ask("POST", "/v2/library/puts/blobs/uploads/", b"").header("location")
    wire.ask("PATCH", where, content)
    path = f"{where}?digest={digest_of(content)}"
    answers = at_once(server, 6, lambda mine, _: mine.ask("PUT", path, b""))

    assert {answer.status for answer in answers} <= {201, 409}
    assert 201 in {answer.status for answer in answers}
    assert wire.ask("PUT", path, b"").status == 201


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.full)])
def test_pushing_moving_and_deleting_at_once_leaves_one_truth(
    server: Server, wire: Exchange, rounds: int
) -> None:
    name = "library/churn"
    layers = [b"layer %d" % number for number in range(3)]
    bodies = [encode(image(layer)) for layer in layers]

    def churn(mine: Exchange, number: int) -> None:
        chance = random.Random(number)
        for _ in range(rounds * 4):
            body, layer = chance.choice(list(zip(bodies, layers, strict=True)))
            for blob in (CONFIG, layer):
                assert_sane(mine.ask("POST", f"/v2/{name}/blobs/uploads/?digest={digest_of(blob)}", blob))
            tag = f"t{chance.randrange(2)}"
            assert_sane(mine.ask("PUT", f"/v2/{name}/manifests/{tag}", body))
            assert_sane(mine.ask("DELETE", f"/v2/{name}/manifests/{chance.choice([tag, digest_of(body)])}"))
            assert_sane(mine.ask("DELETE", f"/v2/{name}/blobs/{digest_of(layer)}"))
            assert_sane(mine.ask("GET", f"/v2/{name}/manifests/{tag}"))

    at_once(server, 4, churn)

    tags = json.loads(wire.ask("GET", f"/v2/{name}/tags/list").body)["tags"]
    for tag in tags:
        manifest = wire.ask("GET", f"/v2/{name}/manifests/{tag}")
        assert manifest.body in bodies
        layer = layers[bodies.index(manifest.body)]
        assert wire.ask("GET", f"/v2/{name}/blobs/{descriptor(layer, '')['digest']}").body == layer


@pytest.mark.parametrize("rounds", [3, pytest.param(40, marks=pytest.mark.full)])
def test_trees_pushed_copied_and_deleted_at_once_are_never_refused(
    server: Server, wire: Exchange, rounds: int
) -> None:
    layers = [b"leaf %d" % number for number in range(3)]
    leaves = [encode(image(layer)) for layer in layers]
    trees = [encode(index(*leaves[:2])), encode(index(*reversed(leaves))), encode(index(*leaves))]

    def push(mine: Exchange, name: str, chance: random.Random) -> None:
        for blob in (CONFIG, *layers):
            assert_sane(mine.ask("POST", f"/v2/{name}/blobs/uploads/?digest={digest_of(blob)}", blob))
        for body in leaves:
            assert_sane(mine.ask("PUT", f"/v2/{name}/manifests/{digest_of(body)}", body))
        for tag in ("t0", "t1"):
            assert_sane(mine.ask("PUT", f"/v2/{name}/manifests/{tag}", chance.choice(trees)))

    def churn(mine: Exchange, number: int) -> None:
        chance = random.Random(number)
        for _ in range(rounds * 2):
            here, there = chance.sample(["one", "two"], 2)
            push(mine, f"library/{here}", chance)
            of_here, of_there = (f"/api/v2.0/projects/library/repositories/{name}" for name in (here, there))
            assert_sane(mine.ask("POST", f"{of_there}/artifacts?from=library/{here}:t0", b""))
            assert_sane(mine.ask("DELETE", f"{of_here}/artifacts/{chance.choice(['t0', 't1'])}"))
            assert_sane(mine.ask("DELETE", f"{of_there}/artifacts/t0/tags/t0"))
            if chance.random() < 0.3:
                assert_sane(mine.ask("DELETE", of_here))

    at_once(server, 4, churn)
    for name in ("one", "two"):
        _assert_whole(wire, f"library/{name}")


def _assert_whole(wire: Exchange, name: str) -> None:
    """Every tag names an index whose children are there."""
    for tag in json.loads(wire.ask("GET", f"/v2/{name}/tags/list").body).get("tags") or ():
        tree = json.loads(wire.ask("GET", f"/v2/{name}/manifests/{tag}").body)
        for child in tree["manifests"]:
            assert wire.ask("GET", f"/v2/{name}/manifests/{child['digest']}").status == 200
