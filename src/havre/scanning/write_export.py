"""Write an export: the vulnerabilities of a project's images, a row for each, as CSV.

The form is Harbor's, with the versions beside it. A value that a spreadsheet would take for a formula gets an
apostrophe before it: names of packages are words of strangers.

Order, for a crash: pieces one by one, each behind the fence; an attempt begins by dropping those before it.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from havre.jobs import JobContext
from havre.kernel.clock import Clock, to_micros
from havre.kernel.globs import compile_glob
from havre.kernel.work import Database, Reader
from havre.scanning import export_store
from havre.scanning.advisories.model import Severity
from havre.scanning.export_store import ExportImage
from havre.scanning.scanner_model import OWN_NAME
from havre.scanning.store import FoundRow, found_in

HEADER: Final = (
    "RowId",
    "Project",
    "Owner",
    "Scanner",
    "Repository",
    "Artifact Digest",
    "CVE",
    "Package",
    "Current Version",
    "Fixed in Version",
    "Severity",
    "CVSS V3 Score",
    "CVSS V2 Score",
    "CVSS V3 Vector",
    "CVSS V2 Vector",
    "CWE Ids",
    "Additional Data",
)
_PAGE: Final = 50  # images read at once
_PIECE: Final = 1 << 20  # characters
_KEPT: Final = timedelta(days=1)
Value = str | int | float


class WriteExport:
    """The job of an export."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def run(self, job: JobContext) -> None:
        """Write the file."""
        number = job.execution_id or 0
        async with self._database.write() as work:
            await job.fence(work)
            await export_store.begin(work, number)
        paper = _Paper()
        after, places = 0, 0
        while images := await self._page(job.number("project_id"), after):
            job.raise_if_stopped()
            async with self._database.read() as reader:
                for image in images:
                    if await _is_wanted(reader, job, image):
                        paper.write(image, _of_interest(job, await found_in(reader, image.digest)))
            after = images[-1].number
            if paper.is_long:
                await self._put(job, number, places, paper)
                places += 1
            job.progress(f"{paper.rows} rows")
        job.log(f"{paper.rows} rows")
        async with job.finish() as work:
            await export_store.add_piece(work, number, places, paper.take(), self._now())

    async def _page(self, project_id: int, after: int) -> Sequence[ExportImage]:
        async with self._database.read() as reader:
            return await export_store.images_after(reader, project_id, after, _PAGE)

    async def _put(self, job: JobContext, number: int, place: int, paper: "_Paper") -> None:
        async with self._database.write() as work:
            await job.fence(work)
            await export_store.add_piece(work, number, place, paper.take(), self._now())

    async def forget(self) -> None:
        """Drop files whose day is over."""
        async with self._database.write() as work:
            await export_store.forget(work, to_micros(self._clock.now() - _KEPT))

    def _now(self) -> int:
        return to_micros(self._clock.now())


class _Paper:
    """The text that is not put away yet."""

    def __init__(self) -> None:
        self.rows = 0
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, lineterminator="\n")
        self._writer.writerow(HEADER)

    def write(self, image: ExportImage, found: Iterable[FoundRow]) -> None:
        """Add the rows of an image."""
        for row in found:
            self.rows += 1
            self._writer.writerow(_harmless(value) for value in _values(self.rows, image, row))

    @property
    def is_long(self) -> bool:
        """Whether there is enough for a piece."""
        return self._text.tell() >= _PIECE

    def take(self) -> str:
        """Give the text away and begin anew."""
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text


def _values(number: int, image: ExportImage, row: FoundRow) -> Sequence[Value]:
    scanner = msgspec.json.decode(image.scanner)["name"] if image.scanner else OWN_NAME
    vector = next((one for one in row.vectors if one.startswith("CVSS:3")), "")
    more = {"source": row.source, "exploited_since": row.kev_date, "epss": row.epss}
    return (
        *(number, image.project, image.owner, scanner, image.repository, image.digest),
        *(row.id, row.package, row.version, row.fixed, Severity(row.severity).word),
        *("" if row.score is None else row.score, "", vector, "", ",".join(row.cwes)),
        msgspec.json.encode({key: value for key, value in more.items() if value}).decode(),
    )


def _harmless(value: Value) -> Value:
    if isinstance(value, str) and (value[:1] in ("=", "+", "-", "\t", "\r") or value.startswith("@SUM")):
        return f"'{value}"
    return value


async def _is_wanted(reader: Reader, job: JobContext, image: ExportImage) -> bool:
    repositories, tags, labels = job.text("repositories"), job.text("tags"), _list_of(job, "labels")
    if repositories:
        name = image.repository.partition("/")[2]
        is_named = compile_glob(repositories).matches
        if not (is_named(name) or is_named(image.repository)):
            return False
    if tags and not any(map(compile_glob(tags).matches, await export_store.tags_over(reader, image))):
        return False
    return not labels or await export_store.has_label(reader, image, list(map(int, labels)))


def _of_interest(job: JobContext, found: Sequence[FoundRow]) -> Sequence[FoundRow]:
    wanted = frozenset(_list_of(job, "cves"))
    return [one for one in found if one.id in wanted] if wanted else found


def _list_of(job: JobContext, name: str) -> Sequence[str]:
    found = job.payload.get(name)
    return [] if found is None or isinstance(found, str | int) else found
