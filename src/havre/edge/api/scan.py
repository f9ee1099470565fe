"""Operations on scans of artifacts: start, stop, log, and what was found."""

from typing import Final, Literal

import msgspec
from starlette.responses import PlainTextResponse, Response

from havre.edge.api.artifact import accepted_reports, reference_of
from havre.edge.api.conventions import item
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.repository import repository_name
from havre.edge.api.request import ApiRequest


class ScanType(msgspec.Struct):
    """`ScanType`."""

    scan_type: Literal["", "vulnerability", "sbom"] = "vulnerability"

    @property
    def is_sbom(self) -> bool:
        """Whether SBOMs are wanted, and no scan for vulnerabilities."""
        return self.scan_type == "sbom"


async def _start(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.optional_body(ScanType) or ScanType()
    verbs = parts.scan.sboms if wanted.is_sbom else parts.scan.scans
    await verbs.start(request.actor, repository_name(request), reference_of(request))
    return Response(status_code=202)


async def _stop(parts: ApiParts, request: ApiRequest) -> Response:
    wanted = await request.optional_body(ScanType) or ScanType()
    verbs = parts.scan.sboms if wanted.is_sbom else parts.scan.scans
    await verbs.stop(request.actor, repository_name(request), reference_of(request))
    return Response(status_code=202)


async def _log(parts: ApiParts, request: ApiRequest) -> Response:
    words = request.actor, repository_name(request), reference_of(request), request.text("report_id")
    text = await parts.scan.sboms.log(*words)
    if text is None:
        text = await parts.scan.scans.log(*words)
    return PlainTextResponse(text)


async def _vulnerabilities(parts: ApiParts, request: ApiRequest) -> Response:
    found = await parts.scan.scans.report(
        request.actor, repository_name(request), reference_of(request), accepted_reports(request)
    )
    return item(found)


HANDLERS: Final[Handlers] = {
    "scanArtifact": _start,
    "stopScanArtifact": _stop,
    "getReportLog": _log,
    "getVulnerabilitiesAddition": _vulnerabilities,
}
