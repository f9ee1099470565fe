"""Bring a database to the schema of this program. Forward only; a newer schema is refused."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from havre.kernel.errors import StartRefused

MIGRATIONS: Final = Path(__file__).parent / "migrations"
_WAIT_S: Final = 30.0  # another process may be migrating
_CONNECT: Final = {"connect_timeout": 10}
_LOCK: Final = 0x48617672  # "Havr": our advisory lock on PostgreSQL


def prepare_sqlite(path: Path, migrations: Path = MIGRATIONS) -> None:
    """Create or upgrade a SQLite file; an existing one is copied beside itself before it is changed.

    The copy is named havre.db.before-<revision>.
    Raises: StartRefused with one sentence.
    """
    known = _revisions(migrations)
    if path.is_dir():
        raise StartRefused(f"the database {path} is a directory: move it away, or name another --data")
    try:
        if _has_content(path) and _sqlite_revision(path) == known[-1]:
            return  # every start but the first of a version
        with _alone_in(path.parent):
            _prepare_alone(path, migrations, known)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise StartRefused(_unusable_sqlite(path, error)) from error


def require_sqlite(path: Path, migrations: Path = MIGRATIONS) -> None:
    """Refuse a SQLite file whose schema is not this program's; nothing is changed.

    Raises: StartRefused with one sentence.
    """
    try:
        revision = _sqlite_revision(path)
    except (OSError, sqlite3.Error) as error:
        raise StartRefused(_unusable_sqlite(path, error)) from error
    _refuse_other(revision, _revisions(migrations), f"the database {path}")


def require_postgres(url: str) -> None:
    """Refuse a PostgreSQL database whose schema is not this program's; nothing is changed.

    Raises: StartRefused with one sentence.
    """
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=_CONNECT)
        with engine.connect() as connection:
            revision = _postgres_revision(connection)
    except SQLAlchemyError as error:
        raise StartRefused(_unusable_postgres(error)) from error
    _refuse_other(revision, _revisions(MIGRATIONS), "the PostgreSQL database")


def _prepare_alone(path: Path, migrations: Path, known: Sequence[str]) -> None:
    if _has_content(path):
        revision = _sqlite_revision(path)
        if revision == known[-1]:
            return  # another process was faster
        _refuse_unknown(revision, known, f"the database {path}")
        _copy(path, path.with_name(f"{path.name}.before-{known[-1]}"))
    else:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # it will hold hashes
    _upgrade_sqlite(path, migrations)


def _has_content(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


@contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """Let one process at a time copy and migrate: two would write the same copy.

    The lock is on the directory, so that no descriptor of the database itself is ever closed here: that
    would drop SQLite's own locks.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def prepare_postgres(url: str) -> None:
    """Create or upgrade a PostgreSQL database; `url` is Core's (postgresql+psycopg://…).

    Raises: StartRefused with one sentence.
    """
    known = _revisions(MIGRATIONS)
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=_CONNECT)
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            revision = _postgres_revision(connection)
            if revision == known[-1]:
                return
            _refuse_unknown(revision, known, "the PostgreSQL database")
            _upgrade(connection, MIGRATIONS)
    except SQLAlchemyError as error:
        raise StartRefused(_unusable_postgres(error)) from error


def _postgres_revision(connection: Connection) -> str | None:
    found = connection.execute(text("SELECT to_regclass('alembic_version') IS NOT NULL")).scalar_one()
    if not found:
        return None
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def _revisions(migrations: Path) -> Sequence[str]:
    """List the chain, oldest first: files are named <revision>_<subject>.py, so Alembic is not asked."""
    return sorted(path.name.partition("_")[0] for path in (migrations / "versions").glob("[0-9]*.py"))


def _sqlite_revision(path: Path) -> str | None:
    with closing(
        sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=_WAIT_S)
    ) as connection:
        connection.execute("PRAGMA query_only = ON")
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1").fetchone()
        if found is None:
            return None  # made by a start that was cut off
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _refuse_unknown(revision: str | None, known: Sequence[str], what: str) -> None:
    if revision is not None and revision not in known:
        raise StartRefused(
            f"{what} has schema {revision}, which this version does not know: it was written by a newer "
            "Havre; start that version, or restore a backup"
        )


def _refuse_other(revision: str | None, known: Sequence[str], what: str) -> None:
    _refuse_unknown(revision, known, what)
    if revision != known[-1]:
        state = f"has schema {revision}" if revision else "has no schema yet"
        raise StartRefused(
            f"{what} {state}, and this version works on {known[-1]}: start `havre serve` or run `havre init` "
            "once to upgrade it"
        )


def _copy(source: Path, target: Path) -> None:
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(part)) as new:
        old.backup(new)  # a plain copy would miss what is still in the log
    part.rename(target)


def _upgrade_sqlite(path: Path, migrations: Path) -> None:
    def connect() -> sqlite3.Connection:
        return sqlite3.connect(path, timeout=_WAIT_S, isolation_level=None)

    with create_engine("sqlite://", creator=connect, poolclass=NullPool).connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL").close()
        # sqlite3 begins nothing by itself before DDL: all or nothing needs our own BEGIN.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        _upgrade(connection, migrations)
        connection.commit()


def _upgrade(connection: Connection, migrations: Path) -> None:
    # Imported here because it takes 0.2 s and is needed once in the life of a data directory: every
    # other start finds the schema at HEAD. (Start in under 2 s.)
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")  # a no-op when another process was faster


def _unusable_sqlite(path: Path, error: Exception) -> str:
    return (
        f"the database {path} cannot be used ({_reason(error)}): check that it is a Havre database "
        "and that this user may read and write it and its directory"
    )


def _unusable_postgres(error: Exception) -> str:
    return (
        f"the PostgreSQL database cannot be used ({_reason(error)}): check the address, the user "
        "and that the server runs"
    )


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
