"""Other registries that are none: they answer pings, or do not, and hold nothing."""

from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from havre.adapters.remotes.distribution import DistributionRemote
from havre.replication import EndpointWords
from havre.replication.errors import RemoteUnreachable, RemoteWrong
from havre.replication.ports import Remote


class SilentRemote(DistributionRemote):
    """Answers a ping as it is told to."""

    def __init__(self, fault: str) -> None:
        self._fault = fault

    async def ping(self) -> str:
        """Answer."""
        if self._fault:
            raise RemoteUnreachable(self._fault)
        return ""


class SimulatedOpeners:
    """Opens registries below .test, where all are well but those called `down`; remembers what was opened."""

    def __init__(self) -> None:
        self.opened: list[EndpointWords] = []
        self.faults: dict[str, str] = {}

    def open(self, words: EndpointWords) -> Remote:
        """Make one."""
        self.opened.append(words)
        if words.ca_pem and "CERTIFICATE" not in words.ca_pem:
            raise RemoteUnreachable("the CA certificate of the endpoint cannot be read: no PEM")
        if ".test" not in words.url:
            raise RemoteWrong(f"{words.url} is not simulated")
        fault = self.faults.get(words.url, "it does not answer" if "down" in words.url else "")
        return SilentRemote(fault)

    def close(self, remote: Remote) -> None:
        """Let it go."""


class _Stub(BaseHTTPRequestHandler):
    """Answers that a registry is there, and that it holds nothing."""

    def do_GET(self) -> None:
        """Answer a ping; anything else is missing."""
        is_ping = self.path == "/v2/"
        body = b"{}" if is_ping else b'{"errors":[]}'
        self.send_response(200 if is_ping else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the name is http.server's

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@cache
def stub_url() -> str:
    """Serve an empty registry from this process, as long as it lives, and tell where."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Stub)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"
