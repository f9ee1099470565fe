"""Bytes that are hardly HTTP: wrong lengths, odd codings, huge heads, bodies that crawl or stop."""

import select
import time
from contextlib import suppress

import pytest

from hostile.words import TOO_LARGE, assert_sane
from kit.exchange import Exchange, head_of, read_reply
from kit.raw import digest_of
from kit.server import Server

NAME = "library/framing"


def start(wire: Exchange) -> str:
    """Open an upload; returns its path."""
    return wire.ask("POST", f"/v2/{NAME}/blobs/uploads/", b"").header("location")


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: -1",),
        ("Content-Length: +1",),
        ("Content-Length: x",),
        ("Content-Length: 1, 2",),
        ("Content-Length: 1", "Content-Length: 2"),
        ("Content-Length: 18446744073709551616",),
        ("Content-Length: " + "9" * 5000,),
        ("Content-Length: 1", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked, identity",),
        ("Transfer-Encoding: gzip",),
        ("Transfer-Encoding: \x0bchunked",),
        ("Transfer-Encoding : chunked",),
        ("Content-Length : 1",),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_framing_that_could_smuggle_is_refused_and_stores_nothing(
    wire: Exchange, lines: tuple[str, ...], method: str
) -> None:
    where = start(wire)
    body = b"1\r\nx\r\n0\r\n\r\n" + head_of("GET", "/v2/library/smuggled/tags/list")
    path = where if method == "PATCH" else f"{where}?digest={digest_of(b'x')}"
    answer = wire.send(head_of(method, path, *lines) + body)

    assert answer is None or answer.status in (400, 501), answer
    assert wire.ask("GET", where).header("range") == "0-0"


@pytest.mark.parametrize(
    "body",
    [
        b"zz\r\nx\r\n",
        b"-1\r\nx\r\n",
        b"FFFFFFFFFFFFFFFFFF\r\nx",
        b"1\r\nxx\r\n0\r\n\r\n",
        b"1\nx\n0\n\n",
        b"\r\n\r\n",
    ],
)
def test_broken_chunks_end_the_request_and_the_upload_can_go_on(wire: Exchange, body: bytes) -> None:
    where = start(wire)
    answer = wire.send(head_of("PATCH", where, "Transfer-Encoding: chunked") + body)

    if answer is not None:
        assert_sane(answer)
        assert answer.status == 400
    status = wire.ask("GET", where)
    assert status.header("range") == "0-0"
    done = wire.ask("PUT", f"{where}?digest={digest_of(b'')}", b"")
    assert done.status in (201, 400)  # 400: a byte of the broken chunk was kept


@pytest.mark.parametrize(
    "head",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"GET\r\n\r\n",
        b"GET /v2/ HTTP/9.9\r\n\r\n",
        b"GET /v2/ HTTP/2.0\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"BREW /v2/ HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v2/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nA\0B: c\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
        b'GET /v2/ HTTP/1.1\r\nHost: "evil\\"\r\n\r\n',
        b'GET /v2/ HTTP/1.1\r\nHost: x\xff y, z="1\r\n\r\n',
        b"GET /v2/ HTTP/1.1\r\n\r\n",
        b"GET /v2/ HTTP/1.0\r\n\r\n",
        b"GET /v2/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
    ],
)
def test_what_is_hardly_a_request_is_answered_or_cut(wire: Exchange, head: bytes) -> None:
    answer = wire.send(head + b"\r\n")

    assert answer is None or answer.status < 500, answer
    assert answer is None or answer.status >= 400
    assert answer is None or '"evil' not in answer.header("www-authenticate")
    assert wire.ask("GET", "/v2/").status == 200


@pytest.mark.parametrize("method", ["GET", "PATCH"])
@pytest.mark.parametrize(
    "lines", [("X-Long: " + "x" * 1_000_000,), tuple(f"X-{number}: {'y' * 90}" for number in range(9_000))]
)
def test_a_huge_head_is_refused(wire: Exchange, method: str, lines: tuple[str, ...]) -> None:
    answer = wire.send(head_of(method, "/v2/", *lines))

    assert answer is not None
    assert answer.status in (400, TOO_LARGE)
    assert wire.ask("GET", "/v2/").status == 200


def test_long_texts_of_a_client_reach_the_journal_and_no_more(wire: Exchange) -> None:
    headers = {
        "User-Agent": "\xff" * 20_000,
        "X-Request-ID": "\xe9\x80" * 10_000,
        "X-Forwarded-For": "a,b\xff",
    }

    assert (
        wire.ask("POST", f"/v2/{NAME}/blobs/uploads/?digest={digest_of(b'x')}", b"x", headers).status == 201
    )


def test_a_body_that_crawls_holds_up_nobody_and_is_kept(wire: Exchange) -> None:
    where = start(wire)
    crawlers = [wire.open() for _ in range(20)]
    places = [start(wire) for _ in crawlers]
    for sock, place in zip(crawlers, places, strict=True):
        sock.sendall(head_of("PATCH", place, "Content-Length: 100"))
    for step in range(10):
        for sock in crawlers:
            sock.sendall(b"%d" % step)
        begun = time.monotonic()
        assert wire.ask("GET", where).status == 204
        assert time.monotonic() - begun < 5
    for sock in crawlers:
        sock.close()
    blob = b"0123456789"

    for place in places:
        deadline = time.monotonic() + 20
        while wire.ask("GET", place).header("range") != "0-9":
            assert time.monotonic() < deadline
        assert _finish(wire, place, blob, deadline) == 201


def _finish(wire: Exchange, place: str, blob: bytes, deadline: float) -> int:
    """PUT until the lock of the request that ended is let go."""
    while True:
        status = wire.ask("PUT", f"{place}?digest={digest_of(blob)}", b"").status
        if status != 409 or time.monotonic() > deadline:
            return status


@pytest.mark.full
def test_a_body_that_stops_is_given_up(wire: Exchange) -> None:
    where = start(wire)
    with wire.open() as sock:
        sock.settimeout(90)
        sock.sendall(head_of("PATCH", where, "Content-Length: 100") + b"x")
        answer = read_reply(sock, "PATCH")

    wire.close()  # it was idle for longer than the server keeps it
    assert answer is None or answer.status in (400, 408)
    assert wire.ask("GET", where).status == 204


def test_an_endless_upload_ends_where_the_project_is_full(wire: Exchange, server: Server) -> None:
    project = {"project_name": "narrow", "storage_limit": 1_000_000, "metadata": {"public": "false"}}
    assert server.api.http.post("/projects", json=project).status_code == 201
    where = wire.ask("POST", "/v2/narrow/app/blobs/uploads/", b"").header("location")
    piece = b"40000\r\n" + bytes(0x40000) + b"\r\n"
    sent = 0
    with wire.open() as sock:
        sock.sendall(head_of("PATCH", where, "Transfer-Encoding: chunked"))
        with suppress(OSError):  # the server swallows a rest, then hangs up
            while sent < 200_000_000 and not select.select([sock], [], [], 0)[0]:
                sock.sendall(piece)
                sent += len(piece)
        answer = read_reply(sock, "PATCH")

    assert answer is not None
    assert (answer.status, answer.code) == (403, "DENIED")
    assert 1_000_000 < sent < 100_000_000
    assert wire.ask("GET", where).status == 404


def test_a_body_that_nobody_asked_for_is_skipped(wire: Exchange) -> None:
    body = b"x" * 10_000
    for method, path in (
        ("GET", "/v2/"),
        ("GET", f"/v2/{NAME}/tags/list"),
        ("DELETE", f"/v2/{NAME}/manifests/x"),
    ):
        answer = wire.ask(method, path, body)
        assert_sane(answer)
    assert wire.ask("GET", "/v2/").body == b"{}"


def test_a_refused_push_with_a_large_body_gets_its_answer(wire: Exchange) -> None:
    body = b"x" * 8_000_000
    refused = wire.send(
        head_of(
            "PUT", f"/v2/{NAME}/blobs/uploads/absent?digest={digest_of(body)}", f"Content-Length: {len(body)}"
        )
        + body
    )

    assert refused is not None
    assert (refused.status, refused.code) == (404, "BLOB_UPLOAD_UNKNOWN")
