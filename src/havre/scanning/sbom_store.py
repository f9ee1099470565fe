"""Rows of `image_sbom`, and what lists show of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import msgspec

from havre.kernel.clock import shown_moment
from havre.kernel.work import Reader, Row, Work
from havre.scanning.overview import OWN, WORDS
from havre.scanning.scan_store import put_overview
from havre.scanning.scanner_model import SBOM_REPORT

_COLUMNS: Final = "digest, report_id, status, execution_id, job_id, sbom_digest, started_at, ended_at"


@dataclass(frozen=True, slots=True)
class SbomRow:
    """How the SBOM of an image is; times are microseconds, 0 where there is none yet."""

    digest: str
    report_id: str
    status: str
    execution_id: int
    job_id: int
    sbom_digest: str = ""
    started_at: int = 0
    ended_at: int = 0


async def put(work: Work, row: SbomRow) -> None:
    """Say how it is, in lists too."""
    await work.run(
        f"""INSERT INTO image_sbom ({_COLUMNS})
           VALUES (:digest, :report_id, :status, :execution_id, :job_id, :sbom_digest, :started_at, :ended_at)
           ON CONFLICT (digest) DO UPDATE SET report_id = excluded.report_id, status = excluded.status,
               execution_id = excluded.execution_id, job_id = excluded.job_id,
               sbom_digest = excluded.sbom_digest, started_at = excluded.started_at,
               ended_at = excluded.ended_at""",  # noqa: S608 - columns of ours
        asdict(row),
    )
    await put_overview(work, row.digest, {SBOM_REPORT: _overview(row)})


async def of_images(reader: Reader, digests: Sequence[str]) -> Mapping[str, SbomRow]:
    """Read how those of images are, of those that have any."""
    rows = await reader.all(
        f"SELECT {_COLUMNS} FROM image_sbom WHERE digest IN :digests ORDER BY digest LIMIT 1000",  # noqa: S608
        {"digests": sorted(set(digests))},
    )
    return {row.digest: _row(row) for row in rows}


async def of_report(reader: Reader, report_id: str) -> SbomRow | None:
    """Find one by its report (unique key)."""
    row = await reader.first(
        f"SELECT {_COLUMNS} FROM image_sbom WHERE report_id = :report_id",  # noqa: S608 - columns of ours
        {"report_id": report_id},
    )
    return None if row is None else _row(row)


def _row(row: Row) -> SbomRow:
    return SbomRow(
        digest=row.digest,
        report_id=row.report_id,
        status=row.status,
        execution_id=row.execution_id,
        job_id=row.job_id,
        sbom_digest=row.sbom_digest,
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def _overview(row: SbomRow) -> str:
    document: dict[str, object] = {
        "report_id": row.report_id,
        "scan_status": WORDS[row.status],
        "sbom_digest": row.sbom_digest,
        "duration": max(0, (row.ended_at - row.started_at) // 1_000_000) if row.ended_at else 0,
        "start_time": shown_moment(row.started_at),
        "end_time": shown_moment(row.ended_at),
        "scanner": OWN,
    }
    return msgspec.json.encode(document).decode()
