"""`havre check`: hold the database against the storage, both ways."""

import asyncio
from typing import Annotated

import typer

from havre.assembly import open_for_check
from havre.cli.options import ConfigFile, Data, DatabaseUrl, refusing, resolve
from havre.registry import CheckReport
from havre.settings import Settings


def check(
    data: Data = None,
    deep: Annotated[bool, typer.Option("--deep", help="Read and hash every byte again.")] = False,
    database_url: DatabaseUrl = None,
    config_file: ConfigFile = None,
) -> None:
    """Compare rows and bytes; exit code 0 when all is well, 1 when something was found."""
    with refusing():
        settings = resolve(config_file, data=data, database_url=database_url)
        report = asyncio.run(_run(settings, is_deep=deep))
    _print(report, is_deep=deep)
    if not report.is_clean:
        raise SystemExit(1)


async def _run(settings: Settings, *, is_deep: bool) -> CheckReport:
    async with open_for_check(settings) as use_case:
        return await use_case.run(is_deep=is_deep)


def _print(report: CheckReport, *, is_deep: bool) -> None:
    from rich.console import Console  # not before it is needed: `serve` starts sooner

    console = Console(soft_wrap=True)
    depth = f", {report.bytes_read:,} bytes hashed" if is_deep else ""
    console.print(
        f"{report.blobs:,} blobs, {report.manifests:,} manifests, {report.keys:,} keys in storage{depth}"
    )
    if report.is_clean:
        console.print("clean: rows and bytes agree")
        return
    from rich.table import Table

    table = Table("finding", "what")
    for kind, what in report.findings:
        table.add_row(kind, what)
    console.print(table)
    console.print(f"{len(report.findings):,} findings; docs/design/storage.md says what each means")
