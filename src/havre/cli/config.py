"""`havre config`: print the resolved settings, secrets hidden."""

import typer

from havre.cli.options import ConfigFile, Data, DatabaseUrl, refusing, resolve
from havre.kernel.secret import Secret
from havre.settings import flatten


def config(data: Data = None, database_url: DatabaseUrl = None, config_file: ConfigFile = None) -> None:
    """Print every setting as flags, HAVRE_* variables and the file resolve it; secrets are hidden."""
    with refusing():
        settings = resolve(config_file, data=data, database_url=database_url)
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
