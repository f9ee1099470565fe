"""`havre init`: prepare a data directory without serving."""

import asyncio

import typer

from havre.assembly.prepare import prepare
from havre.cli.options import ConfigFile, Data, DatabaseUrl, refusing, resolve


def init(data: Data = None, database_url: DatabaseUrl = None, config_file: ConfigFile = None) -> None:
    """Create the keys, the database and the first administrator; safe to repeat."""
    with refusing():
        settings = resolve(config_file, data=data, database_url=database_url)
        password = asyncio.run(prepare(settings))
    typer.echo(f"{settings.data} is ready")
    if password is not None:
        typer.echo(f"user admin, password {password.reveal()}  (shown once: change it soon)")
