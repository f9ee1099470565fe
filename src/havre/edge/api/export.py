"""Operations on exports of what was found (tag `scan data export` of the contract)."""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from starlette.responses import Response, StreamingResponse

from havre.edge.api.conventions import item
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.request import ApiRequest
from havre.edge.api.wire.execution import WORDS
from havre.jobs.model import Cause
from havre.scanning.exports import Export, ExportWish
from havre.scanning.overview import MIMES

_Id = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_DATA_TYPE: Final = "X-Scan-Data-Type"
_TRIGGERS: Final = {Cause.MANUAL: "MANUAL", Cause.SCHEDULE: "SCHEDULE", Cause.EVENT: "EVENT"}


class ExportReq(msgspec.Struct):
    """`ScanDataExportRequest`."""

    job_name: str = ""
    projects: list[_Id] | None = None
    labels: list[_Id] | None = None
    repositories: str = ""
    cveIds: str = ""  # noqa: N815 - the contract's name
    tags: str = ""

    def wish(self) -> ExportWish:
        """Read what is to be exported."""
        cves = [one.strip() for one in self.cveIds.strip().strip("{}").split(",")]
        return ExportWish(
            projects=self.projects or [],
            name=self.job_name,
            repositories=self.repositories.strip(),
            tags=self.tags.strip(),
            labels=self.labels or [],
            cves=[one for one in cves if one],
        )


class ExportJob(msgspec.Struct):
    """`ScanDataExportJob`."""

    id: int


class ExportShape(msgspec.Struct, omit_defaults=True):
    """`ScanDataExportExecution`."""

    id: int
    user_id: int
    user_name: str
    status: str
    trigger: str
    start_time: datetime
    file_present: bool
    status_text: str
    end_time: datetime | None = None


class ExportList(msgspec.Struct):
    """`ScanDataExportExecutionList`."""

    items: list[ExportShape]


def export_shape(export: Export) -> ExportShape:
    """Show an export."""
    found = export.execution
    return ExportShape(
        id=found.id,
        user_id=max(found.vendor_id, 0),
        user_name=str(found.extra.get("user_name", "")),
        status=WORDS[found.state],
        trigger=_TRIGGERS[found.cause],
        start_time=found.started_at,
        file_present=export.is_present,
        status_text=found.message,
        end_time=found.finished_at,
    )


async def _start(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = request.header(_DATA_TYPE.lower().encode())
    if wanted.replace(" ", "") != MIMES[0].replace(" ", ""):
        raise SchemaViolated(f"the header {_DATA_TYPE} must be {MIMES[0]}: nothing else is exported")
    wish = (await request.body(ExportReq)).wish()
    return item(ExportJob(await parts.scan.exports.start(request.actor, wish)))


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    return item(ExportList([export_shape(one) for one in await parts.scan.exports.list(request.actor)]))


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    return item(export_shape(await parts.scan.exports.get(request.actor, request.number("execution_id"))))


async def _download(parts: ApiParts, request: ApiRequest) -> Response:
    form = request.query("format") or "csv"
    if form.lower() != "csv":
        raise SchemaViolated(f"format {form[:20]!r} is not known: use csv")
    number = request.number("execution_id")
    pieces = await parts.scan.exports.read(request.actor, number)
    headers = {"Content-Disposition": f'attachment; filename="vulnerabilities-{number}.csv"'}
    return StreamingResponse(pieces, headers=headers, media_type="text/csv")


HANDLERS: Final[Handlers] = {
    "exportScanData": _start,
    "getScanDataExportExecutionList": _list,
    "getScanDataExportExecution": _get,
    "downloadScanData": _download,
}
