"""The same answers on the wire and on uvicorn's own protocol, case by case."""

import os
import random
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.edge.wire.rig import UPLOAD, Client, Rig, receipt, upload

GET = b"GET /v2/a/manifests/1 HTTP/1.1\r\nHost: x\r\n\r\n"
BODY = os.urandom(3_000_000)


@pytest.mark.parametrize("chunk", [0, 32768, 7777])
@pytest.mark.parametrize("method", [b"PUT", b"PATCH", b"POST"])
def test_an_upload_arrives_whole_and_the_connection_lives_on(
    client: Client, chunk: int, method: bytes
) -> None:
    for body in (BODY, b"x", BODY[:70000]):
        client.send(upload(body, chunk=chunk, method=method))
        assert client.read() == receipt(body)
    client.send(GET)
    assert client.read() == (200, b"manifest")


def test_pipelined_requests_are_answered_in_order(client: Client) -> None:
    later = GET.replace(b"manifests/1", b"later")
    client.send(GET + later + GET + later + upload(BODY, chunk=32768) + GET)

    answers = [client.read() for _ in range(6)]

    assert answers == [(200, b"manifest"), (200, b"later")] * 2 + [receipt(BODY), (200, b"manifest")]


def test_a_coding_that_the_parser_refuses_is_answered_and_not_just_cut_off(client: Client) -> None:
    client.send(GET.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: gzip\r\n\r\n"))

    assert client.read()[0] == 400


def test_a_huge_head_is_refused_also_when_it_comes_in_one_read(wire: Rig) -> None:
    client = Client(wire.port)
    client.send(GET.replace(b"\r\n\r\n", b"\r\nX-Large: " + b"x" * 100_000 + b"\r\n\r\n"))

    assert client.read()[0] == 431


def test_head_and_204_have_no_body(client: Client) -> None:
    client.send(GET.replace(b"GET", b"HEAD") + GET.replace(b"manifests/1", b"empty"))
    assert client.read(has_body=False) == (200, b"")
    assert client.read() == (204, b"")
    client.send(GET)
    assert client.read() == (200, b"manifest")


def test_a_large_file_is_sent_whole_twice_on_one_connection(client: Client, rig: Rig) -> None:
    for _ in range(2):
        client.send(GET.replace(b"manifests/1", b"blob"))
        assert client.read() == (200, rig.app.blob.read_bytes())


def test_expect_continue_is_answered_when_the_body_is_wanted(client: Client) -> None:
    request = upload(BODY, more=b"Expect: 100-continue\r\n")
    head, _, body = request.partition(b"\r\n\r\n")
    client.send(head + b"\r\n\r\n")
    assert client.read() == (100, b"")
    client.send(body)
    assert client.read() == receipt(BODY)


@pytest.mark.parametrize("chunk", [0, 32768])
def test_a_refused_small_upload_leaves_the_connection_usable(client: Client, chunk: int) -> None:
    client.send(upload(BODY[:300_000], chunk=chunk, path=UPLOAD + b"/deny"))
    assert client.read() == (401, b"denied")
    client.send(GET)
    assert client.read() == (200, b"manifest")


def test_a_full_disk_is_told_to_a_client_in_the_midst_of_sending(wire: Rig) -> None:
    client = Client(wire.port)
    client.send(upload(BODY * 4, path=UPLOAD + b"/full"))
    assert client.read() == (507, b"disk full")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.is_closed()


def test_a_vanished_client_is_body_incomplete(client: Client, rig: Rig) -> None:
    rig.app.incomplete.clear()
    client.send(upload(BODY, chunk=32768)[:1_000_000])
    client.socket.close()
    assert rig.app.incomplete.wait(5)


def test_a_malformed_chunk_is_refused_and_the_connection_closed(client: Client) -> None:
    head = b"PATCH %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" % UPLOAD
    client.send(head + b"5\r\nhello\r\nzz\r\n")
    assert client.read()[0] == 400
    client.socket.shutdown(socket.SHUT_WR)
    assert client.is_closed()


@pytest.mark.parametrize("noise", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GARBAGE\r\n\r\n"])
def test_no_http_is_answered_by_400(client: Client, noise: bytes) -> None:
    client.send(noise)
    assert client.read()[0] == 400


def test_a_head_without_end_is_refused(wire: Rig) -> None:
    client = Client(wire.port)
    client.send(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n")
    client.send(b"X-A: " + b"a" * 400_000)
    assert client.read()[0] == 431


def test_slow_uploaders_do_not_hold_up_a_fast_one(wire: Rig) -> None:
    slow = [Client(wire.port) for _ in range(64)]
    request = upload(BODY, chunk=32768)
    for client in slow:
        client.send(request[:5000])
    fast = Client(wire.port)
    fast.send(request)
    assert fast.read() == receipt(BODY)
    for client in slow:
        client.send(request[5000:])
        assert client.read() == receipt(BODY)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_stream_cut_anywhere_gives_the_same_answers(wire: Rig, data: st.DataObject) -> None:
    body = BODY[: data.draw(st.sampled_from([1, 5, 1000]))]
    stream = upload(body, chunk=data.draw(st.integers(1, 400))) + GET + upload(body) + GET
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=8)))
    client = Client(wire.port)

    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        client.send(stream[start:end])

    assert [client.read() for _ in range(4)] == [receipt(body), (200, b"manifest")] * 2
    client.socket.close()


def _storm(port: int, seed: int, rounds: int) -> None:
    """Mixed uploads on reused connections; a socket time-out of 5 s is the watchdog."""
    dice = random.Random(seed)
    client = Client(port)
    for _ in range(rounds):
        body = BODY[: dice.choice([1, 100, 40_000, 300_000])]
        kind = dice.randrange(6)
        request = upload(body, chunk=dice.choice([0, 1000, 32768]))
        if kind == 0:  # abort
            client.send(request[: len(request) // 2])
            client.socket.close()
            client = Client(port)
            continue
        if kind == 1:
            client.send(upload(body, chunk=32768, path=UPLOAD + b"/deny"))
            assert client.read() == (401, b"denied")
            continue
        cut = dice.randrange(1, len(request))
        client.send(request[:cut])
        client.send(request[cut:])
        assert client.read() == receipt(body)
    client.socket.close()


@pytest.mark.parametrize("rounds", [40, pytest.param(1000, marks=pytest.mark.full)])
def test_thousands_of_mixed_uploads_never_stall(wire: Rig, rounds: int) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda seed: _storm(wire.port, seed, rounds), range(8)))
    assert threading.active_count() < 200
