"""`havre scan`: what is dangerous in an image that is a file, without a registry and without a network."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Final

import typer

from havre.assembly.local_scans import Scanned, scan_files
from havre.cli.options import ConfigFile, Data, as_refusals, refusing, resolve
from havre.cli.scan_output import Kept, bom_of, json_of, sarif_of
from havre.kernel.errors import StartRefused
from havre.scanning.advisories.model import Severity
from havre.scanning.findings import Completeness, Finding
from havre.scanning.sbom import cyclonedx_of, spdx_of

_FOUND: Final = 1
_INCOMPLETE: Final = 3
_LINE: Final = 60
_WIDE: Final = 200


class Form(StrEnum):
    """How the report is written."""

    TABLE = "table"
    JSON = "json"
    SARIF = "sarif"
    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"


_BOMS: Final = (Form.CYCLONEDX, Form.SPDX)
_RENDER: Final[Mapping[Form, Callable[[Kept], Mapping[str, object]]]] = {
    Form.JSON: json_of,
    Form.SARIF: sarif_of,
    Form.CYCLONEDX: lambda kept: bom_of(kept, cyclonedx_of),
    Form.SPDX: lambda kept: bom_of(kept, spdx_of),
}


class Level(StrEnum):
    """A severity, as people write it."""

    UNKNOWN = "unknown"
    NEGLIGIBLE = "negligible"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


def scan(  # noqa: PLR0913 - one parameter for each flag
    image: Annotated[
        str,
        typer.Argument(
            help="An OCI layout or what `docker save` wrote, directory or tar; or host/repository:tag."
        ),
    ],
    data: Data = None,
    platform: Annotated[
        str | None, typer.Option("--platform", help="Only the images of a platform, such as linux/arm64.")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="How the report is written.")] = Form.TABLE,
    severity: Annotated[
        Level, typer.Option("--severity", help="Leave out what is less than that.")
    ] = Level.UNKNOWN,
    only_fixed: Annotated[
        bool, typer.Option("--only-fixed", help="Leave out what no version mends yet.")
    ] = False,
    fail_on: Annotated[
        Level | None, typer.Option("--fail-on", help="Exit with 1 when something as severe is found.")
    ] = None,
    config_file: ConfigFile = None,
) -> None:
    """Scan an image; exit code 3 when it could not be read whole, 1 by --fail-on, 2 for a refusal."""
    with refusing(), as_refusals():
        settings = resolve(config_file, data=data)
        with _at_hand(image, platform) as path:
            found = scan_files(settings, path, datetime.now(UTC).date(), os.cpu_count() or 1)
        found = [one for one in found if platform is None or one.image.platform.startswith(platform)]
        if not found:
            raise StartRefused(f"{image} holds no image of platform {platform}")
        if form in _BOMS and len(found) > 1:
            platforms = ", ".join(one.image.platform or one.image.name for one in found)
            raise StartRefused(f"{image} holds {len(found)} images ({platforms}): name one by --platform")
    least = Severity[severity.name]
    kept = [
        (one, [hit for hit in one.report.findings if hit.severity >= least and (hit.fixed or not only_fixed)])
        for one in found
    ]
    if form is Form.TABLE:
        for one, findings in kept:
            _table(one, findings)
    else:
        print(json.dumps(_RENDER[form](kept), indent=2))  # noqa: T201 - the answer to a programme
    if any(Completeness.FAILED in one.report.states for one, _ in kept):
        raise SystemExit(_INCOMPLETE)
    if fail_on is not None and any(
        hit.severity >= Severity[fail_on.name] for _, findings in kept for hit in findings
    ):
        raise SystemExit(_FOUND)


@contextmanager
def _at_hand(image: str, platform: str | None) -> Iterator[Path]:
    """Give the path of what is a file, and bring what is in a registry."""
    path = Path(image)
    if path.exists() or image.startswith((".", "/", "~")):
        yield path
        return
    from havre.assembly.remote_images import fetch_image  # what asks registries, only where one is asked

    with TemporaryDirectory(prefix="havre-scan-") as directory:
        fetch_image(image, Path(directory), platform)
        yield Path(directory)


def _table(one: Scanned, findings: list[Finding]) -> None:
    from rich.console import Console  # not before it is needed: `serve` starts sooner
    from rich.table import Table

    report = one.report
    console = Console(width=None if sys.stdout.isatty() else _WIDE)
    platform = f" ({one.image.platform})" if one.image.platform else ""
    system = report.system.name or "no operating system"
    console.print(f"{one.image.name}{platform}: {system}, {report.packages} packages", highlight=False)
    for state in report.states:
        if state is not Completeness.COMPLETE:
            console.print(f"[bold red]{state}[/]: this report is not to be taken for a clean one")
    for fault in report.faults:
        console.print(f"  {fault}", highlight=False, markup=False)
    table = Table("severity", "id", "package", "installed", "fixed in", "")
    for hit in findings:
        exploited = "exploited" if hit.note is not None and hit.note.kev_date else ""
        fixed = hit.fixed if len(hit.fixed) <= _LINE else f"{hit.fixed[:_LINE]}…"
        table.add_row(hit.severity.word, hit.id, hit.component.name, hit.component.version, fixed, exploited)
    if findings:
        console.print(table)
    counts = {
        level: sum(hit.severity is level for hit in findings) for level in sorted(Severity, reverse=True)
    }
    said = ", ".join(f"{count} {level.word}" for level, count in counts.items() if count)
    console.print(f"{len(findings)} found: {said}" if findings else "nothing found", highlight=False)
