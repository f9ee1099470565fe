"""Write a database of advisories, row by row; nothing reads it before it is whole."""

import hashlib
import json
import sqlite3
import zlib
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from havre.adapters.advisories.schema import FORMAT, INDEXES, SCHEMA
from havre.scanning.advisories.model import Advisory, Note

NOTES: Final = "cve-notes"  # the source that stands for all notes


class Builder:
    """Writes one file."""

    def __init__(self, path: Path, now: int) -> None:
        path.unlink(missing_ok=True)
        self._rows = sqlite3.connect(path, isolation_level=None)
        self._rows.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {SCHEMA}")
        self._rows.execute("BEGIN")
        self._now = now
        self._next = 1
        self._newest: dict[str, str] = {}
        self.entries: Counter[str] = Counter()

    def add(self, known: Advisory | Note) -> None:
        """Write one; a withdrawn advisory counts as an entry and says nothing."""
        if isinstance(known, Note):
            self._add_note(known)
            return
        self.entries[known.source] += 1
        moment = known.modified if known.modified[:4] > "0001" else known.published
        self._newest[known.source] = max(self._newest.get(known.source, ""), moment[:10])
        if not known.is_withdrawn and known.affected:
            self._add_advisory(known)

    def _add_advisory(self, known: Advisory) -> None:
        number, self._next = self._next, self._next + 1
        self._rows.execute(
            "INSERT INTO advisory VALUES (?, ?, ?, ?, ?, ?)",
            (
                number,
                known.id,
                known.source,
                int(known.severity),
                json.dumps(known.findings),
                zlib.compress(msgspec.json.encode(known), 1),
            ),
        )
        self._rows.executemany(
            "INSERT INTO affected VALUES (?, ?, ?, ?)",
            [(one.ecosystem, one.name, number, msgspec.json.encode(one)) for one in known.affected],
        )
        names = {known.id, *known.aliases, *known.cves}
        self._rows.executemany("INSERT INTO known_as VALUES (?, ?)", [(name, number) for name in names])

    def _add_note(self, note: Note) -> None:
        self.entries[NOTES] += 1
        self._rows.execute(
            """INSERT INTO note VALUES (?, ?, ?, ?, ?) ON CONFLICT (cve) DO UPDATE SET
                   kev_date = max(kev_date, excluded.kev_date),
                   is_ransomware = max(is_ransomware, excluded.is_ransomware),
                   epss = coalesce(excluded.epss, epss),
                   percentile = coalesce(excluded.percentile, percentile)""",
            (note.cve, note.kev_date, note.is_ransomware, note.epss, note.percentile),
        )

    def keep_others(self, former: Path) -> None:
        """Take over from the database before the sources that this one has nothing of."""
        self._rows.execute("COMMIT")
        self._rows.execute("ATTACH ? AS former", (str(former),))
        self._rows.execute("BEGIN")
        self._rows.execute(
            "CREATE TEMP TABLE mine AS SELECT value AS name FROM json_each(?)", (self._mine(),)
        )
        for statement in (
            """INSERT INTO advisory SELECT id + :step, name, source, severity, findings, body
               FROM former.advisory WHERE source NOT IN (SELECT name FROM mine)""",
            """INSERT INTO affected SELECT a.ecosystem, a.name, a.advisory + :step, a.rule
               FROM former.affected a JOIN former.advisory b ON b.id = a.advisory
               WHERE b.source NOT IN (SELECT name FROM mine)""",
            """INSERT INTO known_as SELECT a.name, a.advisory + :step
               FROM former.known_as a JOIN former.advisory b ON b.id = a.advisory
               WHERE b.source NOT IN (SELECT name FROM mine)""",
        ):
            self._rows.execute(statement, {"step": self._next})
        self._rows.execute(
            "INSERT INTO source SELECT * FROM former.source WHERE name NOT IN (SELECT name FROM mine)"
        )
        if NOTES not in self.entries:
            self._rows.execute("INSERT INTO note SELECT * FROM former.note")
        self._rows.execute("COMMIT")
        self._rows.execute("DETACH former")
        self._rows.execute("BEGIN")

    def _mine(self) -> str:
        return json.dumps(sorted(self.entries))

    def finish(self) -> None:
        """Write what it is, and the indexes."""
        self._rows.executemany(
            "INSERT INTO source VALUES (?, ?, ?, ?)",
            [(name, count, self._newest.get(name, ""), self._now) for name, count in self.entries.items()],
        )
        listed = self._rows.execute("SELECT * FROM source ORDER BY name").fetchall()
        version = hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:16]
        facts = [("format", FORMAT), ("built_at", str(self._now)), ("version", version)]
        self._rows.executemany("INSERT INTO meta VALUES (?, ?)", facts)
        self._rows.execute("COMMIT")
        self._rows.executescript(f"{INDEXES} ANALYZE;")

    def close(self) -> None:
        """Let go of the file."""
        self._rows.close()
