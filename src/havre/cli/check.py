"""`havre check`: hold the database against the storage, both ways."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from havre.assembly.check import open_for_check
from havre.cli.options import ConfigFile, Data, DatabaseUrl, refusing, resolve
from havre.registry import REPAIRABLE, CheckReport, Finding
from havre.settings import Settings


def check(
    data: Data = None,
    deep: Annotated[bool, typer.Option("--deep", help="Read and hash every byte again.")] = False,
    repair: Annotated[
        bool, typer.Option("--repair", help="Put right what can be put right without any loss.")
    ] = False,
    database_url: DatabaseUrl = None,
    config_file: ConfigFile = None,
) -> None:
    """Compare rows and bytes; exit code 0 when all is well or was repaired, 1 when something is left."""
    with refusing():
        settings = resolve(config_file, data=data, database_url=database_url)
        report, repaired = asyncio.run(_run(settings, is_deep=deep, is_repairing=repair))
    _print(report, is_deep=deep)
    if repair:
        _print_repairs(repaired)
    left = [one for one in report.findings if not repair or one.kind not in REPAIRABLE]
    if left:
        raise SystemExit(1)


async def _run(
    settings: Settings, *, is_deep: bool, is_repairing: bool
) -> tuple[CheckReport, Sequence[Finding]]:
    async with open_for_check(settings) as tools:
        report = await tools.check.run(is_deep=is_deep)
        return report, await tools.repair.run(report) if is_repairing else ()


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
    for finding in report.findings:
        table.add_row(finding.kind, finding.what)
    console.print(table)
    console.print(f"{len(report.findings):,} findings; docs/operate.md says what each means")


def _print_repairs(repaired: Sequence[Finding]) -> None:
    from rich.console import Console

    console = Console(soft_wrap=True)
    if repaired:
        from rich.table import Table

        table = Table("repaired", "what")
        for one in repaired:
            table.add_row(one.kind, one.what)
        console.print(table)
    console.print(f"{len(repaired):,} repairs")
