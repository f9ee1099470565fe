"""Options that several commands share, and how a refusal ends a command."""

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from havre.kernel.errors import HavreError, StartRefused
from havre.settings import Settings, load_settings

EXIT_REFUSED: Final = 2

Data = Annotated[
    Path | None, typer.Option("--data", help="Directory of the database, the blobs and the keys. [data]")
]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="TOML file with settings. [HAVRE_CONFIG]")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database-url", help="postgresql://… instead of SQLite in the data directory."),
]
BindHost = Annotated[str | None, typer.Option("--host", help="Address to listen on. [127.0.0.1]")]
Port = Annotated[int | None, typer.Option("--port", help="Port to listen on. [8080]")]
Workers = Annotated[int | None, typer.Option("--workers", help="Processes that serve. [1]")]
TlsCert = Annotated[
    Path | None, typer.Option("--tls-cert", help="Certificate chain, PEM; read again on change.")
]
TlsKey = Annotated[Path | None, typer.Option("--tls-key", help="Its private key, PEM.")]
ExternalUrl = Annotated[
    str | None,
    typer.Option("--external-url", help="How clients reach this instance, when a proxy stands before it."),
]


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """End the command with one sentence and exit code 2 when the instance cannot start as it is set up."""
    try:
        yield
    except StartRefused as error:
        print(f"havre: {error}", file=sys.stderr)  # noqa: T201 - the answer to a person
        raise SystemExit(EXIT_REFUSED) from None


@contextlib.contextmanager
def as_refusals() -> Iterator[None]:
    """Let what a person can mend end the command as `refusing` does; stands inside of it."""
    try:
        yield
    except StartRefused:
        raise
    except HavreError as error:
        raise StartRefused(str(error)) from None


def resolve(config: Path | None, **flags: object) -> Settings:
    """Merge flags, environment and file.

    Raises: StartRefused.
    """
    return load_settings(flags, file=config)
