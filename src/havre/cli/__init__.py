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

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import typer

_COMMANDS: Final = ("serve", "init", "check", "collect", "worker", "config", "scan")
_GROUPS: Final = ("audit", "retention", "advisories")


def build(names: Sequence[str] = (*_COMMANDS, *_GROUPS)) -> typer.Typer:
    """Make the command line, of some commands: what the others need is then not imported."""
    app = typer.Typer(
        name="havre",
        help="A self-hosted registry for container images and every other OCI artifact.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_nothing)  # one command alone would lose its name
    for name in names:
        found = getattr(import_module(f"havre.cli.{name}"), name)
        if name in _GROUPS:
            app.add_typer(found, name=name)
        else:
            app.command()(found)
    return app


def _nothing() -> None:
    """A self-hosted registry for container images and every other OCI artifact."""


def main() -> None:
    """Run the command that the arguments name."""
    first = sys.argv[1:2]
    known = bool(first) and first[0] in (*_COMMANDS, *_GROUPS)
    (build(first) if known else build())()


__all__ = ["build", "main"]
