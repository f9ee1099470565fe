"""serve(): an ASGI application on a port, by one process or several, plain or TLS, until a signal ends it."""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn

from havre.edge.wire.asgi import ASGIApp
from havre.edge.wire.certificate import Certificate
from havre.edge.wire.protocol import WireProtocol
from havre.edge.wire.workers import Supervisor
from havre.kernel.errors import StartRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerOptions:
    """How to listen and how to end."""

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    tls_cert: str | None = None
    tls_key: str | None = None
    drain_s: float = 2.0
    forwarded_allow: str | None = None
    """Addresses whose X-Forwarded-For and -Proto are believed ("*": all); None believes nobody."""
    head_timeout_s: int = 30
    body_timeout_s: int = 60
    keep_alive_s: int = 60
    backlog: int = 2048
    on_ready: Callable[[str], None] | None = None
    """Called once, with the base URL, when every worker listens."""
    on_exit: Callable[[int], None] | None = None
    """Called last in each serving process after a graceful end: the place for `os._exit` when a library of
    the application is known to abort at interpreter exit."""


def serve(build_app: Callable[[], ASGIApp], options: ServerOptions) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code (0 in peace, 3 when the start-up failed).

    With several workers each calls `build_app` itself after its fork.
    Raises: StartRefused when the address or the TLS files cannot be used.
    """
    _try_certificate(options)
    first = _take_port(options)
    port: int = first.getsockname()[1]
    url = _url(options, port)

    def report() -> None:
        if options.on_ready is not None:
            options.on_ready(url)

    if options.workers == 1:
        return _serve_one(build_app, options, first, report, None)

    def work(ready_fd: int, life_fd: int) -> int:
        first.close()  # only held the port; the kernel spreads connections over the workers' own sockets
        listener = _bind(options, port, is_shared=True)
        return _serve_one(build_app, options, listener, lambda: _tick(ready_fd), life_fd)

    return Supervisor(options.workers, work, report).run()


def _try_certificate(options: ServerOptions) -> None:
    if options.tls_cert is None:
        return
    try:
        # An empty passphrase: else OpenSSL would ask the terminal for that of an encrypted key.
        trial = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trial.load_cert_chain(options.tls_cert, options.tls_key, password="")
    except OSError as error:  # ssl.SSLError is one
        raise StartRefused(
            f"the TLS certificate {options.tls_cert} and key {options.tls_key} cannot be used "
            f"({error.strerror or error}): give a PEM chain and its private key without a passphrase"
        ) from error


def _take_port(options: ServerOptions) -> socket.socket:
    """Bind the address; first alone, because SO_REUSEPORT would share it with another instance."""
    try:
        alone = _bind(options, options.port, is_shared=False)
        if options.workers == 1:
            return alone
        port: int = alone.getsockname()[1]
        alone.close()
        return _bind(options, port, is_shared=True)
    except OSError as error:
        raise StartRefused(
            f"cannot listen on {options.host} port {options.port}: {error.strerror or error}; "
            "name another with --host and --port, or end what uses it"
        ) from error


def _tick(fd: int) -> None:
    os.write(fd, b".")


def _bind(options: ServerOptions, port: int, *, is_shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    # IPPROTO_TCP in so many words: with 0 asyncio does not recognise TCP and leaves Nagle's delay on.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind((options.host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _url(options: ServerOptions, port: int) -> str:
    host = f"[{options.host}]" if ":" in options.host else options.host
    return f"{'https' if options.tls_cert else 'http'}://{host}:{port}"


class _Server(uvicorn.Server):
    """Uvicorn's server with a word when it listens, and the certificate watched."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None], life_fd: int | None) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._life_fd = life_fd
        self._watch: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn: listen."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        config = self.config
        if config.ssl is not None:
            certificate = Certificate(config.ssl, str(config.ssl_certfile), str(config.ssl_keyfile))
            self._watch = loop.create_task(certificate.watch())
            loop.add_signal_handler(signal.SIGHUP, certificate.reload)
        else:
            loop.add_signal_handler(signal.SIGHUP, lambda: None)
        if self._life_fd is not None:
            loop.add_reader(self._life_fd, self._orphaned)
        self._on_ready()

    def _orphaned(self) -> None:
        """The supervisor is gone."""
        asyncio.get_running_loop().remove_reader(self._life_fd or 0)
        self.should_exit = True


def _serve_one(
    build_app: Callable[[], ASGIApp],
    options: ServerOptions,
    listener: socket.socket,
    on_ready: Callable[[], None],
    life_fd: int | None,
) -> int:
    config = uvicorn.Config(
        build_app(),
        http=WireProtocol.waiting(options.head_timeout_s, options.body_timeout_s),
        loop="uvloop",
        ws="none",
        interface="asgi3",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=options.forwarded_allow is not None,
        forwarded_allow_ips=options.forwarded_allow,
        backlog=options.backlog,
        timeout_keep_alive=options.keep_alive_s,
        ssl_certfile=options.tls_cert,
        ssl_keyfile=options.tls_key,
    )
    # 0.4 s for uvicorn's own ticks and the application's shutdown; a float, which asyncio.wait_for takes.
    config.timeout_graceful_shutdown = max(options.drain_s - 0.4, 0.1)  # type: ignore[assignment]
    server = _Server(config, on_ready, life_fd)

    def end(*_: object) -> None:
        server.should_exit = True

    # Before uvicorn listens to signals none must be lost; and uvicorn raises a caught one again when it is
    # done, which must not change the exit code.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    try:
        server.run(sockets=[listener])
        code = 0
    except SystemExit as ending:
        code = int(ending.code or 0)
    if options.on_exit is not None:
        options.on_exit(code)
    return code
