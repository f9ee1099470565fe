"""`havre advisories`: what is known about vulnerable packages, imported and told."""

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from havre.assembly.advisories import fetch_all, fetch_configured
from havre.assembly.local_imports import import_into
from havre.assembly.local_scans import advisory_state
from havre.cli.options import ConfigFile, Data, as_refusals, refusing, resolve

advisories = typer.Typer(help="What is known about vulnerable packages.", no_args_is_help=True)
_SHOWN: Final = 10  # faults of an import, for people; --json tells the first fifty


@advisories.command("import")
def import_(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files, directories and archives of any known form; https://… and oci://host/repository:tag."
        ),
    ],
    data: Data = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Take a source also when it lost more than a tenth of its entries."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What was taken, as one JSON object.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Import advisories; what is imported replaces what there was of the same sources."""
    from rich.console import Console  # not before it is needed: `serve` starts sooner
    from rich.table import Table

    status = Console(stderr=True).status("reading")
    with refusing(), as_refusals(), status:
        settings = resolve(config_file, data=data)
        taken = import_into(
            settings,
            fetch_all(settings, paths),
            int(time.time()),
            lambda so_far: status.update(f"{so_far.documents:,} documents read"),
            may_shrink=force,
        )
    if as_json:
        faults = {"count": taken.faults.count, "said": taken.faults.said}
        print(json.dumps({"entries": taken.entries, "before": dict(taken.before), "faults": faults}))  # noqa: T201 - the answer to a programme
        return
    table = Table("source", "entries", "before")
    for source, count in sorted(taken.entries.items()):
        table.add_row(source, f"{count:,}", f"{taken.before.get(source, 0):,}")
    Console().print(table)
    if taken.faults.count:
        print(f"{taken.faults.count} could not be read:", *taken.faults.said[:_SHOWN], sep="\n  ")  # noqa: T201 - to a person


@advisories.command()
def fetch(data: Data = None, config_file: ConfigFile = None) -> None:
    """Fetch what `scanning.sources` names now, and import it when anything is new."""
    with refusing(), as_refusals():
        said = fetch_configured(resolve(config_file, data=data))
    print(said)  # noqa: T201 - to a person


@advisories.command()
def status(
    data: Data = None,
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    config_file: ConfigFile = None,
) -> None:
    """Tell what is known, of which sources, how old it is."""
    from rich.console import Console
    from rich.table import Table

    with refusing(), as_refusals():
        found = advisory_state(resolve(config_file, data=data))
    if as_json:
        print(json.dumps(asdict(found)))  # noqa: T201 - the answer to a programme
        return
    built = datetime.fromtimestamp(found.built_at, UTC)
    age = datetime.now(UTC) - built
    table = Table("source", "entries", "newest", "imported")
    for one in found.sources:
        imported = datetime.fromtimestamp(one.imported_at, UTC)
        table.add_row(one.name, f"{one.entries:,}", one.newest or "-", f"{imported:%Y-%m-%d %H:%M}")
    console = Console()
    console.print(table)
    console.print(
        f"{found.advisories:,} advisories about {found.packages:,} packages, version {found.version}, "
        f"built {built:%Y-%m-%d %H:%M} UTC, {age.days} days ago"
    )
