"""Copies rows straight into a database that `havre` prepared: SQLite by its file, PostgreSQL by COPY."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql

Row = dict[str, object]


class Copier(Protocol):
    """Copies rows of one open database, in one transaction."""

    def has(self, table: str) -> bool:
        """Tell whether this version has the table."""

    def one(self, table: str, **where: object) -> Row:
        """Read the row whose columns have these values."""

    def next_id(self, table: str) -> int:
        """Tell the first number that is free."""

    def add(self, table: str, template: Row, changes: Iterable[Row]) -> None:
        """Insert the template once for each of the changes to it."""


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def has(self, table: str) -> bool:
        found = self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return found is not None

    def one(self, table: str, **where: object) -> Row:
        condition = " AND ".join(f"{name} = :{name}" for name in where)
        cursor = self._connection.execute(f"SELECT * FROM {table} WHERE {condition}", where)
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))

    def next_id(self, table: str) -> int:
        (last,) = self._connection.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}").fetchone()
        return int(last) + 1

    def add(self, table: str, template: Row, changes: Iterable[Row]) -> None:
        names = list(template)
        places = ", ".join(f":{name}" for name in names)
        self._connection.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({places})",
            ({**template, **change} for change in changes),
        )


class _Postgres:
    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection

    def has(self, table: str) -> bool:
        row = self._connection.execute("SELECT to_regclass(%s) IS NOT NULL", (table,)).fetchone()
        return row is not None and bool(row[0])

    def one(self, table: str, **where: object) -> Row:
        condition = sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in where
        )
        query = sql.SQL("SELECT * FROM {} WHERE {}").format(sql.Identifier(table), condition)
        cursor = self._connection.execute(query, where)
        row = cursor.fetchone()
        assert cursor.description is not None
        assert row is not None, f"{table} has no row {where}"
        return dict(zip((column.name for column in cursor.description), row, strict=True))

    def next_id(self, table: str) -> int:
        query = sql.SQL("SELECT COALESCE(MAX(id), 0) FROM {}").format(sql.Identifier(table))
        row = self._connection.execute(query).fetchone()
        return int(row[0] if row else 0) + 1

    def add(self, table: str, template: Row, changes: Iterable[Row]) -> None:
        names = list(template)
        copy = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
        )
        with self._connection.cursor() as cursor, cursor.copy(copy) as rows:
            for change in changes:
                rows.write_row([change.get(name, template[name]) for name in names])
        if "id" in template:  # what is added later counts on from here
            self._connection.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, self.next_id(table))
            )


@contextmanager
def open_copier(path: Path, database_url: str | None) -> Iterator[Copier]:
    """Open the SQLite file, or the PostgreSQL database of the address; all is committed at the end."""
    if database_url is not None:
        with psycopg.connect(database_url) as postgres:
            yield _Postgres(postgres)
        return
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        yield _Sqlite(connection)
        connection.execute("ANALYZE")
        connection.commit()


def vacuum(database_url: str) -> None:
    """Do what PostgreSQL's autovacuum does within a minute."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
