"""Connections to other registries: each address checked before it is asked, kept open for the next request.

Blocking on purpose: the bytes of a layer go socket -> hash -> file in one pool thread with the interpreter's
lock released, which an event loop cannot do. Every call takes a Cut, by which the loop ends it.
"""

import http.client
import select
import socket
import ssl
import threading
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from havre.kernel.addresses import Reach, refusal_of
from havre.replication.errors import AddressRefused, RemoteUnreachable

_CONNECT_S: Final = 10.0
_STALL_S: Final = 60.0  # without one byte
_KEPT: Final = 16  # idle connections to one place
_BUFFER: Final = 4 << 20


class Cut:
    """Ends what a pool thread does for a caller who left."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._socket: socket.socket | None = None

    def now(self) -> None:
        """Wake the thread: its next byte fails."""
        self._event.set()
        watched = self._socket
        if watched is not None:
            with suppress(OSError):  # closed already
                watched.shutdown(socket.SHUT_RDWR)

    def watch(self, watched: socket.socket) -> None:
        """Name the socket that the thread waits on.

        Raises: RemoteUnreachable when the caller has left already.
        """
        self._socket = watched
        self.check()

    def watch_none(self) -> None:
        """Forget the socket: another call may have it next."""
        self._socket = None

    def wait(self, seconds: float) -> None:
        """Sleep unless the caller leaves."""
        if seconds > 0:
            self._event.wait(seconds)
        self.check()

    def check(self) -> None:
        """Raises: RemoteUnreachable when the caller has left."""
        if self._event.is_set():
            raise RemoteUnreachable("the transfer was stopped")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection goes."""

    is_tls: bool
    host: str
    port: int


class Connection(http.client.HTTPConnection):
    """One connection to a checked address."""

    def __init__(self, place: Place, reach: Reach, context: ssl.SSLContext | None) -> None:
        super().__init__(place.host, place.port, timeout=_STALL_S, blocksize=1 << 20)
        self.place = place
        self._reach = reach
        self._context = context
        self.was_used = False

    def connect(self) -> None:
        """Connect to the first address that lets us.

        Raises: AddressRefused, OSError.
        """
        found = reach_socket(self.place.host, self.place.port, self._reach)
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.settimeout(_STALL_S)
        self.sock = (
            self._context.wrap_socket(found, server_hostname=self.place.host) if self._context else found
        )

    def is_stale(self) -> bool:
        """Tell whether the other side has closed it meanwhile: an idle connection has nothing to read."""
        if self.sock is None:
            return True
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return bool(poll.poll(0))


class Sockets:
    """Keeps idle connections; safe for threads."""

    def __init__(self, reach: Reach, *, verifies: bool = True, ca_pem: str | None = None) -> None:
        """Raises: RemoteUnreachable for certificates that cannot be read."""
        self._reach = reach
        self._context = _context(verifies=verifies, ca_pem=ca_pem)
        self._idle: defaultdict[Place, list[Connection]] = defaultdict(list)
        self._lock = threading.Lock()

    def take(self, place: Place) -> Connection:
        """Get a connection for one request."""
        while True:
            with self._lock:
                idle = self._idle[place]
                found = idle.pop() if idle else None
            if found is None:
                return Connection(place, self._reach, self._context if place.is_tls else None)
            if not found.is_stale():
                return found
            found.close()

    def give_back(self, connection: Connection) -> None:
        """Keep a connection whose answer was read whole."""
        connection.was_used = True
        with self._lock:
            idle = self._idle[connection.place]
            if connection.sock is not None and len(idle) < _KEPT:
                idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close the idle ones."""
        with self._lock:
            idle = [one for kept in self._idle.values() for one in kept]
            self._idle.clear()
        for connection in idle:
            connection.close()


def reach_socket(host: str, port: int, reach: Reach) -> socket.socket:
    """Connect to a name whose every address was checked, so that a name with two faces gains nothing.

    Raises: AddressRefused, RemoteUnreachable.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise RemoteUnreachable(f"the name {host} is not known: {error}") from error
    addresses = [(family, address) for family, _, _, _, address in found]
    for _, address in addresses:
        why = refusal_of(str(address[0]), reach)
        if why is not None:
            raise AddressRefused(
                f"{host} ({address[0]}) may not be asked: {why}; "
                "the operator of this instance may allow it with HAVRE_OUTGOING_ALLOW"
            )
    last: OSError = OSError(f"{host} has no address")
    deadline = time.monotonic() + _CONNECT_S
    for family, address in addresses:
        connecting = socket.socket(family, socket.SOCK_STREAM)
        connecting.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            connecting.connect(address)
        except OSError as error:
            connecting.close()
            last = error
        else:
            return connecting
    raise RemoteUnreachable(f"{host}:{port} takes no connection: {last.strerror or last}") from last


def _context(*, verifies: bool, ca_pem: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_pem:
        try:
            context.load_verify_locations(cadata=ca_pem)
        except (ssl.SSLError, ValueError) as error:
            raise RemoteUnreachable(f"the CA certificate of the endpoint cannot be read: {error}") from error
    if not verifies:  # an administrator said so
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
