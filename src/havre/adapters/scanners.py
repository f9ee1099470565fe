"""Asks scanners that are other programmes over the pluggable scanner API. Implements ScannerClient.

It is spoken as Harbor speaks it: `/api/v1` behind the URL, MIME types of version 1.0 for what is asked, which
adapters of v1.0 to v1.2 take. Source: reference/scanning.md section 2.
"""

from collections.abc import Mapping
from typing import Final, TypeVar

import msgspec

from havre.adapters.outgoing import Limits, Outgoing, OutgoingFailed, Reply
from havre.scanning.errors import ScannerFailed
from havre.scanning.ports import ForeignFinding, ForeignReport, NotYet, ScanRequest
from havre.scanning.scanner_model import VULNERABILITY, Capability, Metadata, ScannerWords

_METADATA: Final = (
    "application/vnd.scanner.adapter.metadata+json; version=1.1, "
    "application/vnd.scanner.adapter.metadata+json; version=1.0"
)
_REQUEST: Final = "application/vnd.scanner.adapter.scan.request+json; version=1.0"
_RESPONSE: Final = "application/vnd.scanner.adapter.scan.response+json; version=1.0"
_REPORT_LIMITS: Final = Limits(time_s=60.0, largest=128 << 20)
_AGAIN_S: Final = 5.0  # when the scanner does not say
_LONGEST_WAIT_S: Final = 60.0
_MOST: Final = 200_000  # findings in a report

_Shape = TypeVar("_Shape", bound=msgspec.Struct)


class _Scanner(msgspec.Struct):
    name: str = ""
    vendor: str = ""
    version: str = ""


class _Capability(msgspec.Struct):
    consumes_mime_types: list[str] | None = None
    produces_mime_types: list[str] | None = None
    type: str = VULNERABILITY  # missing in version 1.0


class _Metadata(msgspec.Struct):
    scanner: _Scanner
    capabilities: list[_Capability] | None = None
    properties: dict[str, str] | None = None


class _Response(msgspec.Struct):
    id: str


class _Cvss(msgspec.Struct):
    score_v3: float | None = None
    score_v2: float | None = None
    vector_v3: str | None = None
    vector_v2: str | None = None


class _Vulnerability(msgspec.Struct):
    id: str = ""
    package: str = ""
    version: str = ""
    fix_version: str | None = None
    severity: str | None = None
    description: str | None = None
    links: list[str] | None = None
    preferred_cvss: _Cvss | None = None
    cwe_ids: list[str] | None = None


class _Report(msgspec.Struct):
    scanner: _Scanner | None = None
    vulnerabilities: list[_Vulnerability] | None = None


class HttpScanners:
    """Asks them one question at a time."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing

    async def metadata(self, words: ScannerWords) -> Metadata:
        """Ask what it is and can do; see the port."""
        reply = await self._get(words, "/metadata", _METADATA, Limits())
        if reply.status != 200:
            raise _refused(reply, "asked what it can do")
        found = _decoded(reply.body, _Metadata)
        if not found.scanner.name:
            raise ScannerFailed("the scanner does not tell its name: is this the URL of a scanner adapter?")
        return Metadata(
            name=found.scanner.name,
            vendor=found.scanner.vendor,
            version=found.scanner.version,
            capabilities=tuple(
                Capability(
                    one.type or VULNERABILITY,
                    tuple(one.consumes_mime_types or ()),
                    tuple(one.produces_mime_types or ()),
                )
                for one in found.capabilities or ()
            ),
            properties=tuple(sorted((found.properties or {}).items())),
        )

    async def submit(self, words: ScannerWords, request: ScanRequest) -> str:
        """Have an image scanned; see the port."""
        document = {
            "registry": {"url": request.registry_url, "authorization": request.authorization},
            "artifact": {
                "repository": request.repository,
                "digest": request.digest,
                "mime_type": request.mime_type,
            },
            "enabled_capabilities": [
                {"type": VULNERABILITY, "produces_mime_types": [request.report_type]},
            ],
        }
        headers = {**_authorization(words), "Content-Type": _REQUEST, "Accept": _RESPONSE}
        try:
            reply = await self._outgoing.post(
                f"{words.url}/api/v1/scan",
                msgspec.json.encode(document),
                headers,
                verifies=not words.is_insecure,
            )
        except OutgoingFailed as error:
            raise ScannerFailed(str(error)) from error
        if reply.status not in (200, 201, 202):
            raise _refused(reply, "asked to scan")
        return _decoded(reply.body, _Response).id

    async def report(self, words: ScannerWords, scan_id: str, report_type: str) -> ForeignReport | NotYet:
        """Ask for the report; see the port."""
        if not scan_id or not all(char.isalnum() or char in "-_.:" for char in scan_id):
            raise ScannerFailed(f"the scanner gave the scan an id that no path can carry: {scan_id[:60]!r}")
        reply = await self._get(words, f"/scan/{scan_id}/report", report_type, _REPORT_LIMITS)
        if reply.status == 302:
            return NotYet(_wait_of(reply.headers))
        if reply.status != 200:
            raise _refused(reply, "asked for the report")
        found = _decoded(reply.body, _Report)
        rows = found.vulnerabilities or []
        if len(rows) > _MOST:
            raise ScannerFailed(f"the report has {len(rows)} vulnerabilities, more than {_MOST}")
        scanner = found.scanner or _Scanner()
        return ForeignReport(
            scanner.name, scanner.vendor, scanner.version, tuple(map(_finding, filter(_is_whole, rows)))
        )

    async def _get(self, words: ScannerWords, path: str, accept: str, limits: Limits) -> Reply:
        try:
            return await self._outgoing.get(
                f"{words.url}/api/v1{path}",
                {**_authorization(words), "Accept": accept},
                verifies=not words.is_insecure,
                limits=limits,
            )
        except OutgoingFailed as error:
            raise ScannerFailed(str(error)) from error


def _authorization(words: ScannerWords) -> Mapping[str, str]:
    secret = words.credential.reveal()
    if not words.auth:
        return {}
    if words.auth == "APIKey":
        return {"X-ScannerAdapter-API-Key": secret}
    return {"Authorization": secret if secret.startswith(f"{words.auth} ") else f"{words.auth} {secret}"}


def _decoded(body: bytes, kind: type[_Shape]) -> _Shape:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.MsgspecError as error:
        raise ScannerFailed(f"the scanner's answer cannot be read: {error}") from error


def _refused(reply: Reply, what: str) -> ScannerFailed:
    try:
        text = str(msgspec.json.decode(reply.body)["error"]["message"])
    except (msgspec.MsgspecError, KeyError, TypeError):
        text = reply.body[:1000].decode("utf-8", "replace")
    return ScannerFailed(f"the scanner, {what}, answered {reply.status}: {text[:500]}")


def _wait_of(headers: Mapping[str, str]) -> float:
    text = headers.get("refresh-after") or headers.get("retry-after") or ""
    try:
        return min(max(float(text), 0.2), _LONGEST_WAIT_S)
    except ValueError:
        return _AGAIN_S


def _is_whole(row: _Vulnerability) -> bool:
    return bool(row.id and row.package)


def _finding(row: _Vulnerability) -> ForeignFinding:
    cvss = row.preferred_cvss or _Cvss()
    return ForeignFinding(
        id=row.id[:200],
        package=row.package[:400],
        version=row.version[:400],
        fixed=(row.fix_version or "")[:400],
        severity=row.severity or "Unknown",
        description=(row.description or "")[:20_000],
        links=tuple(row.links or ())[:100],
        vectors=_vectors(cvss.vector_v3 or ""),
        cwes=tuple(row.cwe_ids or ())[:50],
        score=cvss.score_v3 if cvss.score_v3 is not None else cvss.score_v2,
    )


def _vectors(text: str) -> tuple[str, ...]:
    """Give a vector of CVSS 3 as others write it: with its version."""
    if not text:
        return ()
    return (text[:200] if text.startswith("CVSS:3") else f"CVSS:3.1/{text[:190]}",)
