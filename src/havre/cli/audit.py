"""`havre audit`: hold the journal against its seals, and write it out (audit_export.py)."""

import asyncio
from typing import Annotated, Final

import typer

from havre.assembly.audit import open_for_audit
from havre.audit import Head, VerifyReport
from havre.cli.audit_export import export
from havre.cli.options import ConfigFile, Data, DatabaseUrl, refusing, resolve
from havre.kernel.errors import StartRefused
from havre.settings import Settings

audit = typer.Typer(help="Verify and export the audit journal.", no_args_is_help=True)
audit.command()(export)
_TELL_EVERY: Final = 100_000  # rows


@audit.command()
def verify(
    data: Data = None,
    head: Annotated[
        str | None,
        typer.Option("--head", help="A head noted earlier, NUMBER:MAC, to find in the chain."),
    ] = None,
    database_url: DatabaseUrl = None,
    config_file: ConfigFile = None,
) -> None:
    """Hold every row against its seal; exit code 0 when nothing was tampered with, 1 when something was."""
    with refusing():
        settings = resolve(config_file, data=data, database_url=database_url)
        report = asyncio.run(_verify(settings, _read_head(head)))
    _print(report)
    if not report.is_clean:
        raise SystemExit(1)


def _read_head(text: str | None) -> Head | None:
    if text is None:
        return None
    head = Head.parse(text)
    if head is None:
        raise StartRefused(
            f"--head {text[:80]!r} is not of the form NUMBER:MAC that `havre audit verify` prints"
        )
    return head


async def _verify(settings: Settings, noted: Head | None) -> VerifyReport:
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("checking the chain") as status:
        told = 0

        def progress(report: VerifyReport) -> None:
            nonlocal told
            if report.rows >= told + _TELL_EVERY:
                told = report.rows
                status.update(f"{told:,} rows verified, {report.found:,} findings")

        async with open_for_audit(settings) as tools:
            return await tools.verify.run(noted, progress)


def _print(report: VerifyReport) -> None:
    from rich.console import Console

    console = Console(soft_wrap=True)
    console.print(
        f"{report.rows:,} rows under {report.seals:,} seals, {report.purged:,} purged, "
        f"{report.unsealed:,} not sealed yet"
    )
    if report.head is not None:
        console.print(f"head {report.head}", highlight=False)
    if report.is_clean:
        console.print("clean: every sealed row is as it was sealed")
        return
    first = report.findings[0]
    where = f"seal {first.seal_id}" if first.row_id is None else f"row {first.row_id} of seal {first.seal_id}"
    console.print(f"first: {where} ({first.kind}): {first.text}")
    from rich.table import Table

    table = Table("finding", "seal", "row", "what")
    for one in report.findings:
        table.add_row(one.kind, str(one.seal_id), "" if one.row_id is None else str(one.row_id), one.text)
    console.print(table)
    console.print(f"{report.found:,} findings; docs/operate.md says what each means")
