"""Rows of scans: how the scan of each image is, and what lists show of it."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from havre.kernel.names import RepositoryName
from havre.kernel.work import Reader, Row, Work
from havre.scanning.advisories.model import Severity
from havre.scanning.store import FoundRow


@dataclass(frozen=True, slots=True)
class Scan:
    """How the scan of an image is; times are microseconds, 0 where there is none yet."""

    digest: str
    report_id: str
    status: str
    execution_id: int
    job_id: int
    states: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    system: str = ""
    advisories: str = ""
    started_at: int = 0
    ended_at: int = 0
    scanner: str = ""  # JSON of name, vendor and version where another programme scanned


async def put_scan(work: Work, scan: Scan) -> None:
    """Say how the scan of an image is."""
    await work.run(
        """INSERT INTO image_scan (digest, report_id, status, execution_id, job_id, states, faults, system,
               advisories, started_at, ended_at, scanner)
           VALUES (:digest, :report_id, :status, :execution_id, :job_id, :states, :faults, :system,
               :advisories, :started_at, :ended_at, :scanner)
           ON CONFLICT (digest) DO UPDATE SET report_id = excluded.report_id, status = excluded.status,
               execution_id = excluded.execution_id, job_id = excluded.job_id, states = excluded.states,
               faults = excluded.faults, system = excluded.system, advisories = excluded.advisories,
               started_at = excluded.started_at, ended_at = excluded.ended_at,
               scanner = excluded.scanner""",
        {
            "digest": scan.digest,
            "report_id": scan.report_id,
            "status": scan.status,
            "execution_id": scan.execution_id,
            "job_id": scan.job_id,
            "states": json.dumps(list(scan.states)),
            "faults": json.dumps(list(scan.faults)),
            "system": scan.system,
            "advisories": scan.advisories,
            "started_at": scan.started_at,
            "ended_at": scan.ended_at,
            "scanner": scan.scanner,
        },
    )


async def scans_of(reader: Reader, digests: Sequence[str]) -> Mapping[str, Scan]:
    """Read how the scans of images are, of those that were asked for."""
    rows = await reader.all(
        "SELECT * FROM image_scan WHERE digest IN :digests ORDER BY digest LIMIT 1000",
        {"digests": sorted(set(digests))},
    )
    return {row.digest: _scan(row) for row in rows}


@dataclass(frozen=True, slots=True)
class ImageRow:
    """An image of a repository; `number` rises with its pushes."""

    number: int
    repository: str
    digest: str


async def images_after(reader: Reader, after: int, size: int) -> Sequence[ImageRow]:
    """List images by their numbers, above one (primary key)."""
    rows = await reader.all(
        """SELECT m.id, r.name, m.digest FROM manifest m JOIN repository r ON r.id = m.repo_id
           WHERE m.id > :after AND m.kind = 'IMAGE'
             AND EXISTS (SELECT 1 FROM manifest_ref c WHERE c.repo_id = m.repo_id AND c.parent = m.digest
                         AND c.kind = 'layer' AND c.media_type LIKE '%tar%')
           ORDER BY m.id LIMIT :size""",
        {"after": after, "size": size},
    )
    return [ImageRow(row.id, row.name, row.digest) for row in rows]


async def stop_scans(work: Work, execution_id: int) -> None:
    """Say of what had not begun that it never will."""
    await work.run(
        "UPDATE image_scan SET status = 'stopped' WHERE execution_id = :execution_id AND status = 'pending'",
        {"execution_id": execution_id},
    )


async def scan_of_report(reader: Reader, report_id: str) -> Scan | None:
    """Find a scan by its report (index image_scan_report_id)."""
    row = await reader.first(
        "SELECT * FROM image_scan WHERE report_id = :report_id", {"report_id": report_id}
    )
    return None if row is None else _scan(row)


async def does_itself(reader: Reader, key: str, project_id: int, repository: str, digest: str) -> bool:
    """Tell whether a project has something done with images when they are pushed, and a manifest is one."""
    row = await reader.first(
        """SELECT 1 AS found FROM project_metadata p
           JOIN repository r ON r.name = :repository
           JOIN manifest m ON m.repo_id = r.id AND m.digest = :digest AND m.kind = 'IMAGE'
           WHERE p.project_id = :project_id AND p.name = :key AND p.value = 'true'
             AND EXISTS (SELECT 1 FROM manifest_ref c WHERE c.repo_id = m.repo_id AND c.parent = m.digest
                         AND c.kind = 'layer' AND c.media_type LIKE '%tar%')""",
        {"project_id": project_id, "repository": repository, "digest": digest, "key": key},
    )
    return row is not None


async def shown_indexes_of(reader: Reader, repository: str, digest: str) -> Mapping[str, Sequence[str]]:
    """Find the indexes that list an image and were scanned, with all that each lists (manifest_ref_child)."""
    rows = await reader.all(
        """SELECT other.parent, other.child FROM repository r
           JOIN manifest_ref one ON one.repo_id = r.id AND one.child = :digest AND one.kind = 'manifest'
           JOIN manifest_ref other ON other.repo_id = r.id AND other.parent = one.parent
               AND other.kind = 'manifest'
           WHERE r.name = :repository
             AND EXISTS (SELECT 1 FROM scan_overview o WHERE o.digest = one.parent)
           ORDER BY other.parent, other.position LIMIT 10000""",
        {"repository": repository, "digest": digest},
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.parent, []).append(row.child)
    return found


async def is_older(reader: Reader, version: str) -> bool:
    """Tell whether a scan that went well was held against other advisories."""
    row = await reader.first(
        """SELECT 1 AS found FROM image_scan
           WHERE status = 'success' AND scanner = '' AND advisories <> :version LIMIT 1""",
        {"version": version},
    )
    return row is not None


async def note_version(work: Work, version: str) -> None:
    """Note against which advisories everything was held."""
    await work.run(
        """UPDATE image_scan SET advisories = :version
           WHERE status = 'success' AND scanner = '' AND advisories <> :version""",
        {"version": version},
    )


async def project_of(reader: Reader, repository: RepositoryName) -> int | None:
    """Tell the number of a repository's project."""
    row = await reader.first("SELECT id FROM project WHERE name = :name", {"name": repository.project})
    return None if row is None else int(row.id)


@dataclass(frozen=True, slots=True)
class ImagePlace:
    """A repository that holds an image."""

    repository: str
    project_id: int


async def places_of(reader: Reader, digest: str) -> Sequence[ImagePlace]:
    """List the repositories that hold a manifest, with their projects."""
    rows = await reader.all(
        """SELECT r.name, r.project_id FROM manifest m JOIN repository r ON r.id = m.repo_id
           WHERE m.digest = :digest ORDER BY r.name LIMIT 1000""",
        {"digest": digest},
    )
    return [ImagePlace(row.name, row.project_id) for row in rows]


async def put_counts(work: Work, digest: str, found: Sequence[FoundRow]) -> None:
    """Keep how many of each severity were found in an image; negligible ones count as low."""
    by = Counter(max(row.severity, Severity.LOW) if row.severity else 0 for row in found)
    await work.run(
        """UPDATE image_scan SET critical = :critical, high = :high, medium = :medium, low = :low,
               unknown = :unknown, fixable = :fixable WHERE digest = :digest""",
        {
            "digest": digest,
            "critical": by[Severity.CRITICAL],
            "high": by[Severity.HIGH],
            "medium": by[Severity.MEDIUM],
            "low": by[Severity.LOW],
            "unknown": by[Severity.UNKNOWN],
            "fixable": sum(row.fixed != "" for row in found),
        },
    )


async def put_overview(work: Work, digest: str, overviews: Mapping[str, str]) -> None:
    """Say what lists show of a scan: MIME type -> JSON."""
    await work.run_many(
        """INSERT INTO scan_overview (digest, mime, overview) VALUES (:digest, :mime, :overview)
           ON CONFLICT (digest, mime) DO UPDATE SET overview = excluded.overview""",
        [{"digest": digest, "mime": mime, "overview": text} for mime, text in overviews.items()],
    )


def _scan(row: Row) -> Scan:
    return Scan(
        digest=row.digest,
        report_id=row.report_id,
        status=row.status,
        execution_id=row.execution_id,
        job_id=row.job_id,
        states=tuple(json.loads(row.states)),
        faults=tuple(json.loads(row.faults)),
        system=row.system,
        advisories=row.advisories,
        started_at=row.started_at,
        ended_at=row.ended_at,
        scanner=row.scanner,
    )
