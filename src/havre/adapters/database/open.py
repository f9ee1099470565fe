"""Prepare and open the database that a URL names.

sqlite:///relative/path.db   sqlite:////absolute/path.db   postgresql://user:password@host/name
"""

import os
from pathlib import Path
from typing import Final

from havre.adapters.database.migrate import (
    prepare_postgres,
    prepare_sqlite,
    require_postgres,
    require_sqlite,
)
from havre.adapters.database.sqlite import SqliteDatabase
from havre.kernel.errors import StartRefused
from havre.kernel.work import Database, JournalWriter

_SQLITE: Final = "sqlite:///"
_POSTGRES: Final = ("postgresql://", "postgres://")
_STRICT: Final = "HAVRE_TEST_STRICT_WRITES"  # set by test suites: a use case that suspends in write() fails


def prepare_database(url: str) -> None:
    """Create or upgrade the schema; blocking.

    Raises: StartRefused with one sentence.
    """
    if url.startswith(_SQLITE):
        prepare_sqlite(Path(url.removeprefix(_SQLITE)))
    else:
        prepare_postgres(_core_url(url))


def require_schema(url: str) -> None:
    """Refuse a database that is not at this program's schema, and change nothing; blocking.

    Raises: StartRefused with one sentence.
    """
    if url.startswith(_SQLITE):
        require_sqlite(Path(url.removeprefix(_SQLITE)))
    else:
        require_postgres(_core_url(url))


def open_database(url: str, journal: JournalWriter) -> Database:
    """Open a prepared database; connections are made when they are needed, in the event loop that asks.

    Raises: StartRefused for a URL of another kind.
    """
    if url.startswith(_SQLITE):
        is_strict = os.environ.get(_STRICT) == "1"
        return SqliteDatabase(Path(url.removeprefix(_SQLITE)), journal, is_strict=is_strict)
    # Imported here: the driver takes 0.1 s that an embedded instance would pay at every start.
    from havre.adapters.database.postgres import PostgresDatabase

    return PostgresDatabase(_core_url(url), journal)


def _core_url(url: str) -> str:
    if not url.startswith(_POSTGRES):
        raise StartRefused(
            f"the database URL begins with {url.partition(':')[0]!r}; use sqlite:/// or postgresql://"
        )
    return f"postgresql+psycopg://{url.partition('://')[2]}"
