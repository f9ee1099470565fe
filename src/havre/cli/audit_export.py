"""`havre audit export`: write the journal out as JSON lines or CSV."""

import asyncio
import csv
import io
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO, Final, Literal

import msgspec
import typer

from havre.assembly.audit import open_for_audit
from havre.audit import EXPORT_COLUMNS, AuditRecord, line_of
from havre.cli.options import ConfigFile, Data, DatabaseUrl, refusing, resolve
from havre.kernel.errors import StartRefused
from havre.settings import Settings

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets would compute


def export(  # noqa: PLR0913 - one parameter a flag
    data: Data = None,
    form: Annotated[Literal["jsonl", "csv"], typer.Option("--format", help="jsonl or csv.")] = "jsonl",
    since: Annotated[str | None, typer.Option(help="The first moment, such as 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option(help="The first moment that is not exported any more.")] = None,
    output: Annotated[Path | None, typer.Option(help="File to write; it must not be there yet.")] = None,
    database_url: DatabaseUrl = None,
    config_file: ConfigFile = None,
) -> None:
    """Write rows of the audit journal, oldest first, to standard output or a file."""
    with refusing():
        settings = resolve(config_file, data=data, database_url=database_url)
        span = _moment("--since", since), _moment("--until", until)
        try:
            with nullcontext(sys.stdout.buffer) if output is None else output.open("xb") as file:
                asyncio.run(_write(settings, span, form, file))
        except FileExistsError:
            raise StartRefused(f"{output} is there already: name another file with --output") from None
        except BrokenPipeError:
            sys.stderr.close()  # the reader has had enough, as `head` does: nothing to tell
        except OSError as error:
            raise StartRefused(
                f"{output or 'standard output'} cannot be written: {error.strerror}"
            ) from error


async def _write(
    settings: Settings, span: tuple[datetime | None, datetime | None], form: str, file: BinaryIO
) -> None:
    encode = _csv if form == "csv" else _lines
    if form == "csv":
        file.write((",".join(EXPORT_COLUMNS) + "\r\n").encode())
    async with open_for_audit(settings) as tools:
        async for records in tools.export.pieces(*span):
            file.write(encode(records))
    file.flush()


def _lines(records: Sequence[AuditRecord]) -> bytes:
    return b"".join(line_of(record) + b"\n" for record in records)


def _csv(records: Sequence[AuditRecord]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for record in records:
        row: dict[str, object] = msgspec.json.decode(line_of(record))
        row["facts"] = msgspec.json.encode(row["facts"]).decode()
        writer.writerow([_cell(row[column]) for column in EXPORT_COLUMNS])
    return text.getvalue().encode()


def _cell(value: object) -> object:
    # A quote keeps a name such as =cmd() from being a formula where the file is opened.
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _moment(flag: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise StartRefused(f"{flag} {text[:80]!r} is no moment such as 2026-01-31T12:00:00Z") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
