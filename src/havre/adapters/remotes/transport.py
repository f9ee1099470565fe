"""One request to another registry and its answer, in a pool thread."""

import http.client
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from havre.adapters.remotes.sockets import Connection, Cut, Place, Sockets
from havre.replication.errors import RemoteUnreachable, RemoteWrong
from havre.replication.ports import Pace, Source

_PIECE: Final = 256 << 10  # what a cut link can lose; larger ones are no faster
_LEFT: Final = 1 << 20  # of a body that nobody wants, read to keep the connection
_REDIRECTS: Final = 5
_REDIRECTING: Final = frozenset({301, 302, 303, 307, 308})
_IDEMPOTENT: Final = frozenset({"GET", "HEAD"})
USER_AGENT: Final = "havre"


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes of a blob to send: `count` from `offset`, at the pace given."""

    source: Source
    offset: int
    count: int
    pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked. `body` is small and may be sent twice, or comes from a source."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Body | None = None


class Answer:
    """Status, headers, and a body that is read while the answer is open."""

    def __init__(self, url: str, response: http.client.HTTPResponse, cut: Cut) -> None:
        self.url = url
        self.status = response.status
        self.headers = response.headers
        self._response = response
        self._cut = cut

    def read(self, limit: int) -> bytes:
        """Read the body whole.

        Raises: RemoteWrong when it is larger than `limit`, RemoteUnreachable when it breaks off.
        """
        with _failures(self.url, self._cut):
            body = self._response.read(limit + 1)
        if len(body) > limit:
            raise RemoteWrong(f"{shown(self.url)} answers more than {limit} bytes")
        return body

    def drain(self, sink: Callable[[memoryview], None], pace: Pace | None) -> int:
        """Hand the body on as it comes; return how many bytes it was.

        Raises: RemoteUnreachable when it breaks off; the sink has what came before.
        """
        buffer, total = memoryview(bytearray(_PIECE)), 0
        while True:
            with _failures(self.url, self._cut):
                count = self._response.readinto(buffer)
            if not count:
                break
            sink(buffer[:count])
            total += count
            if pace is not None:
                self._cut.wait(pace.take(count))
        left = self._response.length
        if left:
            raise RemoteUnreachable(f"{shown(self.url)} broke off {left} bytes before the end")
        return total

    @property
    def is_done(self) -> bool:
        """Whether the connection may serve another request."""
        return self._response.isclosed() and not self._response.will_close


class Transport:
    """Sends requests over kept connections."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets = sockets

    @contextmanager
    def ask(self, request: Request, cut: Cut) -> Iterator[Answer]:
        """Send a request and open its answer. Redirects of reads are followed, each address checked anew,
        without the account where they lead to another host.

        Raises: RemoteUnreachable, RemoteWrong, AddressRefused.
        """
        url, headers = request.url, dict(request.headers)
        for _ in range(_REDIRECTS + 1):
            with self._ask_once(Request(request.method, url, headers, request.body), cut) as answer:
                target = answer.headers.get("Location")
                if answer.status not in _REDIRECTING or target is None or request.method not in _IDEMPOTENT:
                    yield answer
                    return
                answer.read(_LEFT)
            following = urljoin(url, target)
            if place_of(following) != place_of(url):
                headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            url = following
        raise RemoteWrong(f"{shown(request.url)} redirects more than {_REDIRECTS} times")

    @contextmanager
    def _ask_once(self, request: Request, cut: Cut) -> Iterator[Answer]:
        connection, response = self._exchange(request, cut)
        answer = Answer(request.url, response, cut)
        try:
            yield answer
            if not answer.is_done and (response.length or 0) <= _LEFT and not response.will_close:
                answer.read(_LEFT)  # so that the connection may be kept
        finally:
            cut.watch_none()
            if answer.is_done:
                self._sockets.give_back(connection)
            else:
                connection.close()

    def _exchange(self, request: Request, cut: Cut) -> tuple[Connection, http.client.HTTPResponse]:
        while True:
            connection = self._sockets.take(place_of(request.url))
            may_repeat = connection.was_used and not isinstance(request.body, Body)
            try:
                with _failures(request.url, cut):
                    return connection, _send(connection, request, cut)
            except RemoteUnreachable:
                connection.close()
                cut.check()
                if not may_repeat:  # a kept connection may end at any moment; a new one says something
                    raise
            except BaseException:
                connection.close()
                raise


def place_of(url: str) -> Place:
    """Tell where a URL is served.

    Raises: RemoteWrong when it is none of http or https.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RemoteWrong(f"{shown(url)} is no URL: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RemoteWrong(f"{shown(url)} is no http:// or https:// URL")
    is_tls = parts.scheme == "https"
    return Place(is_tls, parts.hostname, port or (443 if is_tls else 80))


def shown(url: str) -> str:
    """Write a URL for people: without its query and its account, which may be secret."""
    head = url.partition("?")[0][:200]
    scheme, separator, rest = head.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else head


def _send(connection: Connection, request: Request, cut: Cut) -> http.client.HTTPResponse:
    if connection.sock is None:
        connection.connect()
    cut.watch(connection.sock)
    parts = urlsplit(request.url)
    connection.putrequest(request.method, _target(parts), skip_accept_encoding=True)
    connection.putheader("User-Agent", USER_AGENT)
    for name, value in request.headers.items():
        connection.putheader(name, value)
    body = request.body
    if isinstance(body, Body):
        connection.putheader("Content-Length", str(body.count))
    elif body is not None or request.method in ("POST", "PUT", "PATCH"):
        connection.putheader("Content-Length", str(len(body or b"")))
    connection.endheaders(body if isinstance(body, bytes) else None)
    if isinstance(body, Body):
        _send_body(connection, body, cut)
    return connection.getresponse()


def _send_body(connection: Connection, body: Body, cut: Cut) -> None:
    try:
        for piece in body.source.pieces(body.offset, body.count):
            connection.send(piece)
            if body.pace is not None:
                cut.wait(body.pace.take(len(piece)))
    except (BrokenPipeError, ConnectionResetError):
        cut.check()  # refused in the middle: the answer says why, where there is one


def _target(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


@contextmanager
def _failures(url: str, cut: Cut) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise RemoteUnreachable(
            f"{shown(url)}: its certificate is not trusted ({error.verify_message}); "
            "give the endpoint its CA certificate"
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        cut.check()
        raise RemoteUnreachable(f"{shown(url)} does not answer: {error or type(error).__name__}") from error
