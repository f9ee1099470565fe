"""Read a database of advisories. One that was opened stays as it was, whatever is imported meanwhile."""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from havre.adapters.advisories.schema import FORMAT
from havre.scanning.advisories.model import Advisory, Affected, Note, Severity
from havre.scanning.errors import AdvisoriesMissing
from havre.scanning.ports import DatabaseState, Key, Rule, SourceState

_AT_ONCE: Final = 400  # keys of one statement; SQLite takes 32,766 values


class AdvisoryDatabase:
    """Implements Advisories; of one thread."""

    def __init__(self, rows: sqlite3.Connection) -> None:
        self._rows = rows
        self._affected = msgspec.json.Decoder(Affected)
        self._advisory = msgspec.json.Decoder(Advisory)

    @property
    def version(self) -> str:
        """Name its content; see the port."""
        row = self._rows.execute("SELECT value FROM meta WHERE name = 'version'").fetchone()
        return str(row[0])

    def state(self) -> DatabaseState:
        """Tell what it holds; see the port."""
        meta = dict(self._rows.execute("SELECT name, value FROM meta").fetchall())
        listed = self._rows.execute("SELECT name, entries, newest, imported_at FROM source ORDER BY name")
        counts = self._rows.execute(
            "SELECT (SELECT COUNT(*) FROM advisory), (SELECT COUNT(DISTINCT name) FROM affected)"
        ).fetchone()
        return DatabaseState(
            version=meta["version"],
            built_at=int(meta["built_at"]),
            advisories=counts[0],
            packages=counts[1],
            sources=tuple(SourceState(*row) for row in listed),
        )

    def rules(self, keys: Iterable[Key]) -> Mapping[Key, Sequence[Rule]]:
        """Read all that is said of packages; see the port."""
        found: dict[Key, list[Rule]] = {}
        for some in _cut(sorted(set(keys))):
            rows = self._rows.execute(
                """SELECT a.ecosystem, a.name, b.id, b.name, b.source, b.severity, b.findings, a.rule
                   FROM json_each(?) k
                   JOIN affected a ON a.name = k.value ->> 1 AND a.ecosystem = k.value ->> 0
                   JOIN advisory b ON b.id = a.advisory ORDER BY b.id""",
                (json.dumps(some),),
            )
            for ecosystem, package, number, name, source, severity, findings, rule in rows:
                found.setdefault((ecosystem, package), []).append(
                    Rule(
                        advisory_id=number,
                        name=name,
                        source=source,
                        severity=Severity(severity),
                        findings=tuple(json.loads(findings)),
                        affected=self._affected.decode(rule),
                    )
                )
        return found

    def advisory(self, advisory_id: int) -> Advisory:
        """Read one whole; see the port."""
        row = self._rows.execute("SELECT body FROM advisory WHERE id = ?", (advisory_id,)).fetchone()
        return self._advisory.decode(zlib.decompress(row[0]))

    def severities(self, findings: Iterable[str]) -> Mapping[str, Severity]:
        """Tell the worst that any source says of each; see the port."""
        found: dict[str, Severity] = {}
        for some in _cut(sorted(set(findings))):
            rows = self._rows.execute(
                """SELECT k.value, MAX(b.severity) FROM json_each(?) k
                   JOIN known_as n ON n.name = k.value JOIN advisory b ON b.id = n.advisory
                   WHERE b.severity > 0 GROUP BY k.value""",
                (json.dumps(some),),
            )
            found.update((name, Severity(severity)) for name, severity in rows)
        return found

    def notes(self, findings: Iterable[str]) -> Mapping[str, Note]:
        """Tell what is known beside advisories; see the port."""
        found: dict[str, Note] = {}
        for some in _cut(sorted(set(findings))):
            rows = self._rows.execute(
                """SELECT n.cve, n.kev_date, n.is_ransomware, n.epss, n.percentile
                   FROM json_each(?) k JOIN note n ON n.cve = k.value""",
                (json.dumps(some),),
            )
            for cve, kev_date, is_ransomware, epss, percentile in rows:
                found[cve] = Note(cve, kev_date, bool(is_ransomware), epss, percentile)
        return found


@contextmanager
def open_database(path: Path) -> Iterator[AdvisoryDatabase]:
    """Open one for reading.

    Raises: AdvisoriesMissing.
    """
    if not path.exists():
        raise AdvisoriesMissing(
            "there is no database of advisories yet: import one with `havre advisories import PATH`"
        )
    rows = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    try:
        try:
            form = rows.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
        except sqlite3.DatabaseError as error:
            raise AdvisoriesMissing(f"{path.name} is no database of advisories: {error}") from error
        if form is None or form[0] != FORMAT:
            raise AdvisoriesMissing(
                f"{path.name} is of another version of Havre: import the advisories again"
            )
        yield AdvisoryDatabase(rows)
    finally:
        rows.close()


def _cut(found: list[Key] | list[str]) -> Iterator[Sequence[object]]:
    for start in range(0, len(found), _AT_ONCE):
        yield found[start : start + _AT_ONCE]
