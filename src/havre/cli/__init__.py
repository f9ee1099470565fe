"""The command line: every command calls use cases, never SQL.

havre serve     run the registry
havre init      prepare a data directory without serving
havre check     hold the database against the storage
havre collect   let go of what nothing holds, now
havre worker    run jobs without serving
havre config    print the resolved settings
havre audit     verify and export the audit journal
havre retention play retention policies through
havre advisories what is known about vulnerable packages
havre scan      what is dangerous in an image that is a file
"""

import typer

from havre.cli.advisories import advisories
from havre.cli.audit import audit
from havre.cli.check import check
from havre.cli.collect import collect
from havre.cli.config import config
from havre.cli.init import init
from havre.cli.retention import retention
from havre.cli.scan import scan
from havre.cli.serve import serve
from havre.cli.worker import worker

app = typer.Typer(
    name="havre",
    help="A self-hosted registry for container images and every other OCI artifact.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve)
app.command()(init)
app.command()(check)
app.command()(collect)
app.command()(worker)
app.command()(config)
app.command()(scan)
app.add_typer(audit, name="audit")
app.add_typer(retention, name="retention")
app.add_typer(advisories, name="advisories")


def main() -> None:
    """Run the command that the arguments name."""
    app()


__all__ = ["app", "main"]
