"""`havre serve`: run the registry."""

import asyncio
import logging
import sys

import typer

from havre.assembly.app import build_app
from havre.assembly.prepare import prepare
from havre.cli.logs import configure_logs
from havre.cli.options import (
    BindHost,
    ConfigFile,
    Data,
    DatabaseUrl,
    ExternalUrl,
    Port,
    TlsCert,
    TlsKey,
    Workers,
    refusing,
    resolve,
)
from havre.edge.wire import ServerOptions
from havre.edge.wire import serve as serve_wire
from havre.kernel.secret import Secret
from havre.settings import Settings


def serve(  # noqa: PLR0913 - one parameter a flag
    data: Data = None,
    host: BindHost = None,
    port: Port = None,
    workers: Workers = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    external_url: ExternalUrl = None,
    database_url: DatabaseUrl = None,
    config_file: ConfigFile = None,
) -> None:
    """Run the registry until SIGTERM or Ctrl-C. The first start makes the data directory and the admin."""
    with refusing():
        settings = resolve(
            config_file,
            data=data,
            host=host,
            port=port,
            workers=workers,
            tls_cert=tls_cert,
            tls_key=tls_key,
            external_url=external_url,
            database_url=database_url,
        )
        configure_logs(settings.log_level)
        password = asyncio.run(prepare(settings))
        _tell_password(password)
        code = serve_wire(lambda: build_app(settings), _options(settings))
    raise SystemExit(code)


def _tell_password(password: Secret | None) -> None:
    """Print a password that was made up, at once: a start that fails later must not lose it."""
    if password is not None:
        typer.echo(f"\n  user admin, password {password.reveal()}   (shown once: change it soon)")
        sys.stdout.flush()


def _options(settings: Settings) -> ServerOptions:
    return ServerOptions(
        host=settings.host,
        port=settings.port,
        workers=settings.workers,
        tls_cert=str(settings.tls_cert) if settings.tls_cert else None,
        tls_key=str(settings.tls_key) if settings.tls_key else None,
        forwarded_allow=settings.forwarded_allow,
        head_timeout_s=settings.head_timeout_s,
        body_timeout_s=settings.body_timeout_s,
        keep_alive_s=settings.keep_alive_s,
        on_ready=lambda url: _greet(settings, url),
    )


def _greet(settings: Settings, url: str) -> None:
    address = settings.external_url or url
    host = address.partition("://")[2].rstrip("/")
    logging.getLogger("havre").info("serving url=%s data=%s workers=%d", url, settings.data, settings.workers)
    typer.echo(f"\nHavre serves {address}  (data in {settings.data})")
    typer.echo(
        f"\nTry:\n  docker login -u admin {host}\n"
        f"  docker tag busybox {host}/library/busybox && docker push {host}/library/busybox\n"
        f"  docker pull {host}/library/busybox\n"
    )
