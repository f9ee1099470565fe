"""Rows of scanning: layers that were read, components, what images hold, what was found."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from havre.kernel.work import Parameters, Reader, Row, Work
from havre.scanning.components import Component, Places
from havre.scanning.findings import Finding
from havre.scanning.packages.model import PackageKind
from havre.scanning.record import ANALYSER, LayerRecord

_AT_ONCE: Final = 400
_One = TypeVar("_One")


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


_VULNERABILITY: Final = """INSERT INTO vulnerability (id, severity, title, details, links, vectors, cwes,
       score, kev_date, epss)
   VALUES (:id, :severity, :title, :details, :links, :vectors, :cwes, :score, :kev_date, :epss)
   ON CONFLICT (id) DO"""
_ADD_VULNERABILITY: Final = f"{_VULNERABILITY} NOTHING"
_PUT_VULNERABILITY: Final = f"""{_VULNERABILITY} UPDATE SET severity = excluded.severity,
       title = excluded.title, details = excluded.details, links = excluded.links,
       vectors = excluded.vectors, cwes = excluded.cwes, score = excluded.score,
       kev_date = excluded.kev_date, epss = excluded.epss"""


async def put_vulnerabilities(
    work: Work, described: Sequence[Described], *, is_foreign: bool = False
) -> None:
    """Say what vulnerabilities are; of those that are known another scanner changes nothing."""
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
        await work.run_many(_ADD_VULNERABILITY if is_foreign else _PUT_VULNERABILITY, rows)


async def components_after(reader: Reader, after: int, size: int) -> Mapping[Component, int]:
    """Read components by their numbers, above one (primary key)."""
    rows = await reader.all(
        """SELECT id, kind, name, version, source_name, source_version, ecosystem, asked_name, asked_version
           FROM component WHERE id > :after AND kind <> 'foreign' ORDER BY id LIMIT :size""",
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


_CHANGES: Final = "SELECT component_id, news FROM component_change"


async def note_changes(work: Work, news: Mapping[int, Iterable[str]]) -> None:
    """Note components whose images are to show something else, with what each has newly."""
    before: dict[int, frozenset[str]] = {}
    for ids in _cut(sorted(news)):  # empty, unless a crash left some
        rows = await work.all(f"{_CHANGES} WHERE component_id IN :ids LIMIT 1000", {"ids": ids})
        before.update(_changes_of(rows))
    await work.run_many(
        """INSERT INTO component_change (component_id, news) VALUES (:id, :news)
           ON CONFLICT (component_id) DO UPDATE SET news = excluded.news""",
        [
            {"id": number, "news": json.dumps(sorted({*ids, *before.get(number, ())}))}
            for number, ids in sorted(news.items())
        ],
    )


async def changes(reader: Reader) -> Mapping[int, frozenset[str]]:
    """Read which components were noted, with what each has newly."""
    return _changes_of(await reader.all(f"{_CHANGES} ORDER BY component_id LIMIT 1000000"))


def _changes_of(rows: Sequence[Row]) -> Mapping[int, frozenset[str]]:
    return {row.component_id: frozenset(json.loads(row.news)) for row in rows}


async def forget_changes(work: Work) -> None:
    """Drop the notes: every image shows what it should."""
    await work.run("DELETE FROM component_change")


async def components_of(reader: Reader, digest: str) -> Sequence[int]:
    """List the numbers of what an image holds (primary key)."""
    rows = await reader.all(
        "SELECT component_id FROM image_component WHERE digest = :digest LIMIT 100000", {"digest": digest}
    )
    return [row.component_id for row in rows]


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
