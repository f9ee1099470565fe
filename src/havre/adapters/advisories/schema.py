"""The database of advisories: one SQLite file, built aside and put in its place whole."""

from typing import Final

DATABASE: Final = "advisories.db"
FORMAT: Final = "1"
SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE source (
    name TEXT PRIMARY KEY, entries INTEGER NOT NULL, newest TEXT NOT NULL, imported_at INTEGER NOT NULL
) WITHOUT ROWID;
-- one row for an advisory, however many packages it is about; body is packed JSON
CREATE TABLE advisory (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, source TEXT NOT NULL, severity INTEGER NOT NULL,
    findings TEXT NOT NULL, body BLOB NOT NULL
);
CREATE TABLE affected (
    ecosystem TEXT NOT NULL, name TEXT NOT NULL, advisory INTEGER NOT NULL, rule BLOB NOT NULL
);
-- every name by which an advisory is known
CREATE TABLE known_as (name TEXT NOT NULL, advisory INTEGER NOT NULL);
CREATE TABLE note (
    cve TEXT PRIMARY KEY, kev_date TEXT NOT NULL, is_ransomware INTEGER NOT NULL, epss REAL, percentile REAL
) WITHOUT ROWID;
"""
# Made when all rows are there, which is quicker.
INDEXES: Final = """
CREATE INDEX affected_package ON affected (name, ecosystem);
CREATE INDEX known_as_name ON known_as (name);
CREATE INDEX advisory_source ON advisory (source);
"""
