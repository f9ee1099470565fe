"""`havre config`: print the resolved settings, secrets hidden."""

import typer

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
from havre.kernel.secret import Secret
from havre.settings import flatten


def config(  # noqa: PLR0913 - one parameter a flag
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
    """Print every setting as flags, HAVRE_* variables and the file resolve it; secrets are hidden."""
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
    for name, value in flatten(settings):
        typer.echo(f"{name} = {_shown(value)}")


def _shown(value: object) -> str:
    if isinstance(value, Secret):
        return "***"
    if value is None:
        return "(not set)"
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    scheme, marker, rest = text.partition("://")
    if marker and "@" in rest:  # a URL with a password inside
        return f"{scheme}://***@{rest.rpartition('@')[2]}"
    return text
