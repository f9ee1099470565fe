"""Clients that keep the server waiting are let go in time, plain and by TLS; certificates change on disk."""

import os
import shutil
import signal
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kit.exchange import Exchange, head_of, read_reply
from kit.raw import digest_of
from kit.server import Server, Settings
from kit.tls import Authority

_HEAD_S, _BODY_S, _IDLE_S = 2, 3, 4
_LATE_S = 10  # a busy machine of two cores: a deadline may be seen late, and must be seen
_ENVIRONMENT = {
    "HAVRE_HEAD_TIMEOUT_S": str(_HEAD_S),
    "HAVRE_BODY_TIMEOUT_S": str(_BODY_S),
    "HAVRE_KEEP_ALIVE_S": str(_IDLE_S),
}
_UPLOADS = "/v2/library/patience/blobs/uploads/"


@pytest.fixture(scope="module", params=["plain", "tls"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits for seconds where others wait for a minute."""
    home = tmp_path_factory.mktemp(request.param)
    authority = Authority(home / "authority") if request.param == "tls" else None
    with Server(home / "data", Settings(authority=authority, environment=_ENVIRONMENT)) as running:
        yield running
        assert "Traceback" not in running.log.read_text("utf-8", "replace"), running.log_tail()
        running.check()


@pytest.fixture
def wire(server: Server) -> Iterator[Exchange]:
    with Exchange.with_server(server) as exchange:
        yield exchange


def test_a_head_that_crawls_is_closed_however_steadily_it_comes(wire: Exchange) -> None:
    with wire.open() as sock:
        begun = time.monotonic()
        sock.sendall(b"GET /v2/ HTTP/1.1\r\nHost: x\r\n")
        took_s = _until_closed(sock, begun, drip=b"X-Slow: y\r\n")

    assert _HEAD_S - 0.5 < took_s < _HEAD_S + _LATE_S


def test_a_connection_that_says_nothing_is_closed(wire: Exchange) -> None:
    with wire.open() as sock:
        took_s = _until_closed(sock, time.monotonic())

    assert took_s < _HEAD_S + _LATE_S


def test_a_connection_that_idles_after_an_answer_is_closed_later(wire: Exchange) -> None:
    with wire.open() as sock:
        sock.sendall(head_of("GET", "/v2/"))
        answer = read_reply(sock)
        took_s = _until_closed(sock, time.monotonic())

    assert answer is not None
    assert answer.status == 200
    assert _IDLE_S - 1 < took_s < _IDLE_S + _LATE_S


@pytest.mark.parametrize("is_chunked", [False, True])
def test_an_upload_that_stalls_is_ended_and_goes_on_where_it_was(wire: Exchange, is_chunked: bool) -> None:
    content = os.urandom(300_000)
    where = wire.ask("POST", _UPLOADS, b"").header("location")
    framing = "Transfer-Encoding: chunked" if is_chunked else f"Content-Length: {len(content)}"
    first = b"%x\r\n%b\r\n" % (100_000, content[:100_000]) if is_chunked else content[:100_000]
    with wire.open() as sock:
        begun = time.monotonic()
        sock.sendall(head_of("PATCH", where, framing) + first)
        took_s = _until_closed(sock, begun)
    wire.close()  # idle for as long

    offset = _offset(wire, where, 100_000)
    grown = wire.ask("PATCH", where, content[offset:], {"Content-Range": f"{offset}-{len(content) - 1}"})
    done = wire.ask("PUT", f"{where}?digest={digest_of(content)}", b"")

    assert _BODY_S - 1 < took_s < _BODY_S + _LATE_S
    assert offset == 100_000
    assert (grown.status, done.status) == (202, 201)
    assert wire.ask("GET", f"/v2/library/patience/blobs/{digest_of(content)}").body == content


def test_a_download_that_nobody_reads_is_ended(wire: Exchange, server: Server) -> None:
    content = os.urandom(32_000_000)  # more than the kernel's buffers take
    assert wire.ask("POST", f"{_UPLOADS}?digest={digest_of(content)}", content).status == 201
    with wire.open() as sock:
        sock.sendall(head_of("GET", f"/v2/library/patience/blobs/{digest_of(content)}"))
        received = len(sock.recv(1000))
        port = sock.getsockname()[1]
        assert _is_held(server.port, port)
        deadline = time.monotonic() + 2 * _BODY_S + _LATE_S
        while _is_held(server.port, port):
            assert time.monotonic() < deadline, "the server waits for a client that takes nothing"
            time.sleep(0.05)  # between two looks at the condition
        with suppress(OSError):
            while piece := sock.recv(1_000_000):
                received += len(piece)

    assert received < len(content)


def test_a_certificate_that_is_replaced_on_disk_is_served_without_a_restart(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    with Server(tmp_path / "data", Settings(workers=2, authority=authority)) as server:
        pair = authority.issue(f"{server.address}")  # writes over the files that are served
        wanted = _der(pair.certificate)
        _until_logged(server, "was reloaded", times=2)  # by both workers: the idle one answers more often
        _until_served(server, wanted)

        pair.key.write_text("no key")  # a broken pair: the one before stays
        _until_logged(server, "cannot be loaded, the old one stays")
        assert _served(server) == wanted

        renewed = authority.issue(f"{server.address}")
        os.kill(server.pid, signal.SIGHUP)
        _until_served(server, _der(renewed.certificate))
        assert server.api.http.get("/ping").status_code == 200  # the connection from before lives
    shutil.rmtree(tmp_path / "data")


def _until_closed(sock: socket.socket, begun: float, drip: bytes = b"") -> float:
    """Wait for the server's end of a connection, an answer before it or not; returns the seconds."""
    sock.settimeout(0.2 if drip else _LATE_S + _BODY_S + _IDLE_S)
    while True:
        try:
            if drip:
                sock.sendall(drip)
            if not sock.recv(65536):
                return time.monotonic() - begun
        except TimeoutError:
            assert drip, "the server does not hang up"
            assert time.monotonic() - begun < _HEAD_S + _LATE_S, "the server does not hang up"
        except OSError:
            return time.monotonic() - begun


def _offset(wire: Exchange, where: str, at_least: int) -> int:
    """Ask how far the upload is, once the request that stalled has let it go."""
    deadline = time.monotonic() + _LATE_S
    while True:
        offset = int(wire.ask("GET", where).header("range").partition("-")[2]) + 1
        if offset >= at_least or time.monotonic() > deadline:
            return offset


def _is_held(server_port: int, client_port: int) -> bool:
    """Tell from the kernel whether the server holds its end; what it owes a silent client outlives that."""
    ends = f":{server_port:04X}", f":{client_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, state, *_ = line.split()
        if (local[-5:], remote[-5:]) == ends:
            return state == "01"  # ESTABLISHED
    return False


def _der(certificate: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())


def _served(server: Server) -> bytes:
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((server.address, server.port), timeout=10))


def _until_served(server: Server, wanted: bytes) -> None:
    """Wait until new connections get the certificate, of every worker that answers."""
    deadline, seen = time.monotonic() + 30, 0
    while seen < 8:  # two workers: one that kept the old pair shows with 255 of 256
        seen = seen + 1 if _served(server) == wanted else 0
        assert time.monotonic() < deadline, server.log_tail()


def _until_logged(server: Server, words: str, times: int = 1) -> None:
    deadline = time.monotonic() + 30
    while server.log.read_text("utf-8", "replace").count(words) < times:
        assert time.monotonic() < deadline, server.log_tail()
        time.sleep(0.05)  # between two looks at the condition
