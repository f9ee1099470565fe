"""What the engines complain of, told in the house's words; bugs in statements stay what they are."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, InterfaceError, PendingRollbackError
from sqlalchemy.exc import IntegrityError as CoreIntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from havre.kernel.errors import HavreError, IntegrityBroken, StorageFull, Unavailable

_SQLITE_UNAVAILABLE: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    }
)
# SQLSTATE classes and codes. Source: PostgreSQL manual, appendix A.
_POSTGRES_FULL: Final = frozenset({"53100"})
_POSTGRES_UNAVAILABLE: Final = ("08", "25006", "40", "53", "55P03", "57", "58", "XX")


@contextmanager
def told() -> Iterator[None]:
    """Turn the engine's errors into StorageFull, Unavailable or IntegrityBroken, the original chained."""
    try:
        yield
    except (sqlite3.Error, DBAPIError, PoolTimeout, PendingRollbackError) as error:
        fact = fact_of(error)
        if fact is None:
            raise
        raise fact from error


def fact_of(error: BaseException) -> HavreError | None:
    """Tell what an engine's error means; None when it is a mistake in our own statement."""
    origin: BaseException = error
    if isinstance(error, DBAPIError) and error.orig is not None:
        origin = error.orig
    if isinstance(error, CoreIntegrityError) or isinstance(origin, sqlite3.IntegrityError):
        return IntegrityBroken(f"the change breaks a rule of the database: {origin}")
    if isinstance(origin, sqlite3.Error):
        return _fact_of_sqlite(origin)
    if isinstance(error, PoolTimeout | PendingRollbackError):
        return Unavailable("no connection to the database is free")
    return _fact_of_postgres(error, origin)


def _fact_of_sqlite(error: sqlite3.Error) -> HavreError | None:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # the primary result code
    if code == sqlite3.SQLITE_FULL:
        return StorageFull("the database has no room left on its disk")
    if code in _SQLITE_UNAVAILABLE or isinstance(error, sqlite3.ProgrammingError):
        return Unavailable(f"the database cannot be used now: {error}")
    return None


def _fact_of_postgres(error: BaseException, origin: BaseException) -> HavreError | None:
    state = getattr(origin, "sqlstate", None)
    if state in _POSTGRES_FULL:
        return StorageFull("the database server has no room left on its disk")
    is_gone = isinstance(error, InterfaceError) or getattr(error, "connection_invalidated", False)
    if is_gone or (state is None and type(origin).__name__ in ("OperationalError", "ConnectionTimeout")):
        return Unavailable("the connection to the database server is lost")
    if isinstance(state, str) and state.startswith(_POSTGRES_UNAVAILABLE):
        return Unavailable(f"the database server cannot do it now (SQLSTATE {state})")
    return None
