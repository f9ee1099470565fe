"""serve() as a process: it says when it listens, ends in peace, and says why it cannot start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from unit.edge.wire.rig import Client

PROGRAM = """
import sys
from havre.edge.wire import ServerOptions, serve
import logging; logging.basicConfig()
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup." + sys.argv[2]})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    import os
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"8")]})
    await send({"type": "http.response.body", "body": b"%8d" % os.getpid()})
options = ServerOptions(port=0, workers=int(sys.argv[1]), on_ready=lambda url: print(url, flush=True))
sys.exit(serve(lambda: app, options))
"""
GET = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def process(workers: int, startup: str = "complete") -> Iterator[subprocess.Popen[str]]:
    arguments = [sys.executable, "-c", PROGRAM, str(workers), startup]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()


def port_of(child: subprocess.Popen[str]) -> int:
    assert child.stdout is not None
    return int(child.stdout.readline().rpartition(":")[2])


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_peace_within_two_seconds(workers: int, number: signal.Signals) -> None:
    with process(workers) as child:
        client = Client(port_of(child))
        client.send(GET)
        assert client.read()[0] == 200

        started = time.monotonic()
        child.send_signal(number)

        assert child.wait(5) == 0
        assert time.monotonic() - started < 2


@pytest.mark.parametrize("workers", [1, 2])
def test_a_failed_startup_is_exit_code_3(workers: int) -> None:
    with process(workers, "failed") as child:
        assert child.wait(10) == 3


def test_a_worker_that_dies_is_replaced() -> None:
    with process(2) as child:
        port = port_of(child)
        client = Client(port)
        client.send(GET)
        victim = int(client.read()[1])

        os.kill(victim, signal.SIGKILL)

        assert child.stderr is not None
        assert "is replaced" in child.stderr.readline()
        again = Client(port)
        again.send(GET)
        assert again.read()[0] == 200
        child.terminate()
        assert child.wait(5) == 0
