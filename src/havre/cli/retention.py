"""`havre retention`: play retention policies through; beside a serving instance or without one."""

import asyncio
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from havre.assembly.retention import open_for_retention
from havre.cli.options import ConfigFile, Data, DatabaseUrl, refusing, resolve
from havre.edge.api.wire.retention import PolicyShape
from havre.edge.api.wire.simulation import simulated_shape
from havre.kernel.actor import system
from havre.kernel.errors import HavreError, StartRefused
from havre.retention import NewPolicy, Simulated
from havre.settings import Settings

retention = typer.Typer(help="Play retention policies through.", no_args_is_help=True)


@retention.callback()
def main() -> None:
    """Keep `simulate` a command of its own, however few there are."""


@retention.command()
def simulate(
    project: Annotated[str, typer.Argument(help="Name of the project.")],
    policy: Annotated[
        Path | None, typer.Option("--policy", help="JSON file with a policy. [the project's own]")
    ] = None,
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    database_url: DatabaseUrl = None,
    config_file: ConfigFile = None,
) -> None:
    """Say for every tag of a project whether it would stay, and why; changes nothing."""
    with refusing():
        settings = resolve(config_file, data=data, database_url=database_url)
        try:
            asyncio.run(_run(settings, project, _read(policy), as_json=as_json))
        except StartRefused:
            raise
        except HavreError as error:
            raise StartRefused(str(error)) from None


async def _run(settings: Settings, project: str, policy: NewPolicy | None, *, as_json: bool) -> None:
    stay, go = 0, 0
    async with open_for_retention(settings) as use_case:
        async for found in use_case.everything(system("command line"), project, policy):
            for one in found:
                typer.echo(_json(one) if as_json else _line(one))
            kept = sum(one.is_kept for one in found)
            stay, go = stay + kept, go + len(found) - kept
    if not as_json:
        typer.echo(f"{stay:,} stay, {go:,} go")


def _read(path: Path | None) -> NewPolicy | None:
    """Read a policy as Harbor's API has it; the scope is the project's name of the command.

    Raises: StartRefused, SchemaViolated.
    """
    if path is None:
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=PolicyShape).read()
    except OSError as error:
        raise StartRefused(f"--policy {path} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError as error:
        raise StartRefused(f"--policy {path} holds no policy: {error}") from None


def _line(one: Simulated) -> str:
    place = f"@{one.digest}" if one.tag is None else f":{one.tag}"
    return f"{'stays' if one.is_kept else 'GOES '}  {one.repository}{place}  {one.reason}"


def _json(one: Simulated) -> str:
    return msgspec.json.encode(simulated_shape(one)).decode()
