"""`havre collect`: let go of what nothing holds, now; beside a serving instance or without one."""

import asyncio
import json
import signal
import sys
from dataclasses import asdict
from typing import Annotated, Final

import typer

from havre.assembly.collect import open_for_collect
from havre.cli.options import ConfigFile, Data, DatabaseUrl, refusing, resolve
from havre.kernel.errors import Unavailable
from havre.registry import MOST_WORKERS, Collected, CollectOptions, CollectReport, Listener
from havre.settings import Settings

_NAMED: Final = 1000  # things that the table of a dry run names; --json names all, with flat memory
_INCOMPLETE: Final = 1
_WIDE: Final = 200


def collect(  # noqa: PLR0913 - one parameter for each flag
    data: Data = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, with size and cause; delete nothing.")
    ] = False,
    untagged: Annotated[
        bool, typer.Option("--untagged", help="Also delete manifests that have no tag.")
    ] = False,
    grace: Annotated[
        int | None,
        typer.Option("--grace", min=0, help="Seconds, shorter than registry.grace_s: free space sooner."),
    ] = None,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=MOST_WORKERS, help="Batches of bytes deleted at once.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, the sums last.")] = False,
    database_url: DatabaseUrl = None,
    config_file: ConfigFile = None,
) -> None:
    """Delete what nothing holds; exit code 0 when all that is due went, 1 when it was stopped before."""
    options = CollectOptions(grace_s=grace, untagged=untagged, is_dry=dry_run)
    telling = _JsonLines(options) if as_json else _Tables(options)
    with refusing():
        settings = resolve(config_file, data=data, database_url=database_url)
        try:
            is_complete = asyncio.run(_run(settings, options, workers, telling))
        except Unavailable as error:
            cause = error.__cause__ or error
            print(f"havre: the collection stopped: {cause}; what went stays gone", file=sys.stderr)  # noqa: T201 - the answer to a person
            raise SystemExit(_INCOMPLETE) from None
    if not is_complete:
        raise SystemExit(_INCOMPLETE)


class _Tables:
    """Tells people: a line that moves while it runs, tables at the end."""

    def __init__(self, options: CollectOptions) -> None:
        from rich.console import Console  # not before it is needed: `serve` starts sooner

        self._is_dry = options.is_dry
        self._items: list[Collected] = []
        # Into a file or a pipe, a digest stays in one piece.
        self._console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)
        self._status = Console(stderr=True).status("looking at what is due")
        self._status.start()

    def note(self, item: Collected) -> None:
        """Keep what the table will name."""
        if self._is_dry and len(self._items) < _NAMED:
            self._items.append(item)

    async def between(self, report: CollectReport) -> None:
        """Show how far it is."""
        self._status.update(
            f"{report.blobs:,} blobs, {report.manifests:,} manifests, {report.freed_bytes:,} bytes"
        )

    def end(self, report: CollectReport, swept: int, *, is_complete: bool) -> None:
        """Print the tables and the sums."""
        from rich.table import Table

        self._status.stop()
        if self._items:
            named = Table("kind", "what", "bytes", "cause")
            for item in self._items:
                named.add_row(item.kind, _place(item), f"{item.size_bytes:,}", item.reason)
            self._console.print(named)
        more = report.blobs + report.manifests - len(self._items)
        if self._is_dry and more:
            self._console.print(f"and {more:,} more: --json names all")
        if report.causes:
            causes = Table("kind", "cause", "items", "bytes")
            for (kind, reason), share in sorted(report.causes.items()):
                causes.add_row(kind, reason, f"{share.items:,}", f"{share.size_bytes:,}")
            self._console.print(causes)
        verb = "would go" if self._is_dry else "went"
        self._console.print(
            f"{report.blobs:,} blobs and {report.manifests:,} manifests {verb}, "
            f"{report.freed_bytes:,} bytes; {report.kept:,} blobs were looked at and stay",
            highlight=False,
        )
        if not self._is_dry:
            self._console.print(
                f"{swept:,} keys swept from the trash; the bytes of this run can be swept in five minutes",
                highlight=False,
            )
        if not is_complete:
            self._console.print("stopped: what is left goes with the next collection")


class _JsonLines:
    """Tells programmes."""

    def __init__(self, options: CollectOptions) -> None:
        self._is_dry = options.is_dry

    def note(self, item: Collected) -> None:
        """Print one thing."""
        print(json.dumps(asdict(item)))  # noqa: T201 - the answer to a programme

    async def between(self, report: CollectReport) -> None:
        """Say nothing in between."""

    def end(self, report: CollectReport, swept: int, *, is_complete: bool) -> None:
        """Print the sums."""
        causes = [
            {"kind": kind, "reason": reason, **asdict(share)}
            for (kind, reason), share in sorted(report.causes.items())
        ]
        told = {
            "blobs": report.blobs,
            "manifests": report.manifests,
            "freed_bytes": report.freed_bytes,
            "kept": report.kept,
            "swept_keys": swept,
            "dry_run": self._is_dry,
            "is_complete": is_complete,
            "causes": causes,
        }
        print(json.dumps(told))  # noqa: T201 - the answer to a programme


async def _run(
    settings: Settings, options: CollectOptions, workers: int, telling: _Tables | _JsonLines
) -> bool:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    listener = Listener(telling.note, telling.between, stopped.is_set)
    async with open_for_collect(settings) as use_case:
        report, swept = await use_case.run(options, workers, listener)
    telling.end(report, swept, is_complete=not stopped.is_set())
    return not stopped.is_set()


def _place(item: Collected) -> str:
    return f"{item.repository}@{item.digest}" if item.repository else item.digest
