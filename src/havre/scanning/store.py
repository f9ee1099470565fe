"""Rows of scanning: layers that were read, components, what images hold, what was found."""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from havre.kernel.work import Parameters, Reader, Row, Work
from havre.scanning.advisories.model import Severity
from havre.scanning.components import Component, Places
from havre.scanning.findings import Finding
from havre.scanning.packages.model import PackageKind
from havre.scanning.record import ANALYSER, LayerRecord

_AT_ONCE: Final = 400
_One = TypeVar("_One")


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


@dataclass(frozen=True, slots=True)
class FoundRow:
    """One vulnerability of one component of an image, as reports show it."""

    id: str
    package: str
    version: str
    fixed: str
    severity: int
    details: str
    links: Sequence[str]
    vectors: Sequence[str]
    cwes: Sequence[str]
    score: float | None
    kev_date: str
    epss: float | None
    source: str


@dataclass(frozen=True, slots=True)
class Described:
    """A vulnerability as it is kept beside findings."""

    id: str
    severity: int
    title: str
    details: str
    links: Sequence[str]
    vectors: Sequence[str]
    cwes: Sequence[str]
    score: float | None
    kev_date: str
    epss: float | None


async def layer_record(reader: Reader, digest: str) -> LayerRecord | None:
    """Read what a layer says; None when it was not read, or by another analyser."""
    row = await reader.first(
        "SELECT record FROM layer_record WHERE digest = :digest AND analyser = :analyser",
        {"digest": digest, "analyser": ANALYSER},
    )
    return None if row is None else msgspec.json.decode(zlib.decompress(row.record), type=LayerRecord)


async def keep_record(work: Work, digest: str, record: LayerRecord, now: int) -> None:
    """Keep what a layer says."""
    await work.run(
        """INSERT INTO layer_record (digest, analyser, record, read_at)
           VALUES (:digest, :analyser, :record, :now)
           ON CONFLICT (digest) DO UPDATE SET
               analyser = excluded.analyser, record = excluded.record, read_at = excluded.read_at""",
        {
            "digest": digest,
            "analyser": ANALYSER,
            "record": zlib.compress(msgspec.json.encode(record), 6),
            "now": now,
        },
    )


async def put_components(work: Work, places: Places) -> Mapping[Component, int]:
    """Add components that are new, and tell the number of each."""
    by_key = {one.key: one for one in places}
    rows: list[Parameters] = [
        {
            "key": key,
            "kind": str(one.kind),
            "name": one.name,
            "version": one.version,
            "source_name": one.source_name,
            "source_version": one.source_version,
            "ecosystem": one.ecosystem,
            "asked_name": one.asked_name,
            "asked_version": one.asked_version,
        }
        for key, one in sorted(by_key.items())  # in one order, so that no two wait for each other
    ]
    if rows:
        await work.run_many(
            """INSERT INTO component (key, kind, name, version, source_name, source_version, ecosystem,
                   asked_name, asked_version)
               VALUES (:key, :kind, :name, :version, :source_name, :source_version, :ecosystem, :asked_name,
                   :asked_version)
               ON CONFLICT (key) DO NOTHING""",
            rows,
        )
    numbers: dict[Component, int] = {}
    for keys in _cut(sorted(by_key)):
        found = await work.all("SELECT id, key FROM component WHERE key IN :keys LIMIT 1000", {"keys": keys})
        numbers.update((by_key[row.key], row.id) for row in found)
    return numbers


async def put_image(work: Work, digest: str, places: Places, numbers: Mapping[Component, int]) -> None:
    """Say what an image holds."""
    await work.run("DELETE FROM image_component WHERE digest = :digest", {"digest": digest})
    rows: list[Parameters] = [
        {"digest": digest, "component_id": numbers[one], "paths": json.dumps(list(dict.fromkeys(paths)))}
        for one, paths in places.items()
    ]
    if rows:
        await work.run_many(
            """INSERT INTO image_component (digest, component_id, paths)
               VALUES (:digest, :component_id, :paths)""",
            rows,
        )


async def put_findings(work: Work, numbers: Mapping[Component, int], findings: Sequence[Finding]) -> None:
    """Say what was found of components, instead of what was before."""
    for ids in _cut(sorted(numbers.values())):
        await work.run("DELETE FROM finding WHERE component_id IN :ids", {"ids": ids})
    rows: list[Parameters] = [
        {
            "component_id": numbers[one.component],
            "vulnerability": one.id,
            "severity": int(one.severity),
            "fixed": one.fixed,
            "source": one.source,
            "advisory": one.advisory,
        }
        for one in findings
    ]
    if rows:
        await work.run_many(
            """INSERT INTO finding (component_id, vulnerability, severity, fixed, source, advisory)
               VALUES (:component_id, :vulnerability, :severity, :fixed, :source, :advisory)
               ON CONFLICT (component_id, vulnerability) DO NOTHING""",
            rows,
        )


async def put_vulnerabilities(work: Work, described: Sequence[Described]) -> None:
    """Say what vulnerabilities are."""
    rows: list[Parameters] = [
        {
            "id": one.id,
            "severity": one.severity,
            "title": one.title,
            "details": one.details,
            "links": json.dumps(list(one.links)),
            "vectors": json.dumps(list(one.vectors)),
            "cwes": json.dumps(list(one.cwes)),
            "score": one.score,
            "kev_date": one.kev_date,
            "epss": one.epss,
        }
        for one in sorted(described, key=lambda one: one.id)
    ]
    if rows:
        await work.run_many(
            """INSERT INTO vulnerability (id, severity, title, details, links, vectors, cwes, score,
                   kev_date, epss)
               VALUES (:id, :severity, :title, :details, :links, :vectors, :cwes, :score, :kev_date, :epss)
               ON CONFLICT (id) DO UPDATE SET severity = excluded.severity, title = excluded.title,
                   details = excluded.details, links = excluded.links, vectors = excluded.vectors,
                   cwes = excluded.cwes, score = excluded.score, kev_date = excluded.kev_date,
                   epss = excluded.epss""",
            rows,
        )


async def put_scan(work: Work, scan: Scan) -> None:
    """Say how the scan of an image is."""
    await work.run(
        """INSERT INTO image_scan (digest, report_id, status, execution_id, job_id, states, faults, system,
               advisories, started_at, ended_at)
           VALUES (:digest, :report_id, :status, :execution_id, :job_id, :states, :faults, :system,
               :advisories, :started_at, :ended_at)
           ON CONFLICT (digest) DO UPDATE SET report_id = excluded.report_id, status = excluded.status,
               execution_id = excluded.execution_id, job_id = excluded.job_id, states = excluded.states,
               faults = excluded.faults, system = excluded.system, advisories = excluded.advisories,
               started_at = excluded.started_at, ended_at = excluded.ended_at""",
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


async def scans_itself(reader: Reader, project_id: int, repository: str, digest: str) -> bool:
    """Tell whether a project has images scanned when they are pushed, and a manifest is one."""
    row = await reader.first(
        """SELECT 1 AS found FROM project_metadata p
           JOIN repository r ON r.name = :repository
           JOIN manifest m ON m.repo_id = r.id AND m.digest = :digest AND m.kind = 'IMAGE'
           WHERE p.project_id = :project_id AND p.name = 'auto_scan' AND p.value = 'true'
             AND EXISTS (SELECT 1 FROM manifest_ref c WHERE c.repo_id = m.repo_id AND c.parent = m.digest
                         AND c.kind = 'layer' AND c.media_type LIKE '%tar%')""",
        {"project_id": project_id, "repository": repository, "digest": digest},
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
        "SELECT 1 AS found FROM image_scan WHERE status = 'success' AND advisories <> :version LIMIT 1",
        {"version": version},
    )
    return row is not None


async def note_version(work: Work, version: str) -> None:
    """Note against which advisories everything was held."""
    await work.run(
        "UPDATE image_scan SET advisories = :version WHERE status = 'success' AND advisories <> :version",
        {"version": version},
    )


async def components_after(reader: Reader, after: int, size: int) -> Mapping[Component, int]:
    """Read components by their numbers, above one (primary key)."""
    rows = await reader.all(
        """SELECT id, kind, name, version, source_name, source_version, ecosystem, asked_name, asked_version
           FROM component WHERE id > :after ORDER BY id LIMIT :size""",
        {"after": after, "size": size},
    )
    return {
        Component(
            kind=PackageKind(row.kind),
            name=row.name,
            version=row.version,
            source_name=row.source_name,
            source_version=row.source_version,
            ecosystem=row.ecosystem,
            asked_name=row.asked_name,
            asked_version=row.asked_version,
        ): row.id
        for row in rows
    }


Facts = frozenset[tuple[str, int, str, str, str]]


async def findings_of(reader: Reader, ids: Sequence[int]) -> Mapping[int, Facts]:
    """Read what was found of components, as `facts_of` gives it."""
    found: dict[int, set[tuple[str, int, str, str, str]]] = {}
    for some in _cut(ids):
        rows = await reader.all(
            """SELECT component_id, vulnerability, severity, fixed, source, advisory FROM finding
               WHERE component_id IN :ids ORDER BY component_id LIMIT 1000000""",
            {"ids": some},
        )
        for row in rows:
            fact = (row.vulnerability, row.severity, row.fixed, row.source, row.advisory)
            found.setdefault(row.component_id, set()).add(fact)
    return {number: frozenset(facts) for number, facts in found.items()}


def facts_of(findings: Iterable[Finding]) -> Facts:
    """Give what rows keep of the findings of one component."""
    return frozenset((one.id, int(one.severity), one.fixed, one.source, one.advisory) for one in findings)


async def images_with(reader: Reader, ids: Sequence[int]) -> Sequence[str]:
    """List the images that hold any of some components (index image_component_of)."""
    found: set[str] = set()
    for some in _cut(ids):
        rows = await reader.all(
            "SELECT DISTINCT digest FROM image_component WHERE component_id IN :ids LIMIT 1000000",
            {"ids": some},
        )
        found.update(row.digest for row in rows)
    return sorted(found)


async def repositories_of(reader: Reader, digest: str) -> Sequence[str]:
    """List the repositories that hold a manifest."""
    rows = await reader.all(
        """SELECT r.name FROM manifest m JOIN repository r ON r.id = m.repo_id
           WHERE m.digest = :digest ORDER BY r.name LIMIT 1000""",
        {"digest": digest},
    )
    return [row.name for row in rows]


async def found_in(reader: Reader, digest: str) -> Sequence[FoundRow]:
    """List what was found in an image, worst first."""
    rows = await reader.all(
        """SELECT f.vulnerability, c.name, c.version, f.fixed, f.severity, f.source, c.id,
               v.details, v.links, v.vectors, v.cwes, v.score, v.kev_date, v.epss
           FROM image_component i
           JOIN component c ON c.id = i.component_id
           JOIN finding f ON f.component_id = c.id
           JOIN vulnerability v ON v.id = f.vulnerability
           WHERE i.digest = :digest
           ORDER BY f.severity DESC, f.vulnerability, c.name, c.id LIMIT 100000""",
        {"digest": digest},
    )
    return [_found(row) for row in rows]


async def dangers_of(reader: Reader, digest: str, least: int) -> Sequence[str]:
    """List the vulnerabilities of an image that are as severe as `least` or worse, worst first, each once."""
    rows = await reader.all(
        """SELECT DISTINCT f.vulnerability, f.severity FROM image_component i
           JOIN finding f ON f.component_id = i.component_id
           WHERE i.digest = :digest AND f.severity >= :least
           ORDER BY f.severity DESC, f.vulnerability LIMIT 100000""",
        {"digest": digest, "least": least},
    )
    return list(dict.fromkeys(row.vulnerability for row in rows))


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
    )


def _found(row: Row) -> FoundRow:
    return FoundRow(
        id=row.vulnerability,
        package=row.name,
        version=row.version,
        fixed=row.fixed,
        severity=row.severity,
        details=row.details,
        links=json.loads(row.links),
        vectors=json.loads(row.vectors),
        cwes=json.loads(row.cwes),
        score=row.score,
        kev_date=row.kev_date,
        epss=row.epss,
        source=row.source,
    )


def _cut(found: Sequence[_One]) -> Iterator[Sequence[_One]]:
    for start in range(0, len(found), _AT_ONCE):
        yield found[start : start + _AT_ONCE]
