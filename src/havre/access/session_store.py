"""All SQL of sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from havre.access.model import Session
from havre.kernel.clock import from_micros, to_micros
from havre.kernel.work import Database, Reader, Row, Work

_SESSION: Final = """
SELECT session.id, session.account_id, account.username, session.address, session.client,
       session.created_at, session.seen_at
FROM session JOIN account ON account.id = session.account_id
"""


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session and its owner's rights, as one read gives them."""

    id: int
    seen_at: datetime
    user_id: int
    username: str
    is_admin: bool


async def session_of(database: Database, token_hash: str) -> FoundSession | None:
    """Find a session by the hash of its token, outside any transaction: it is asked on every request."""
    row = await database.hot(
        """
        SELECT session.id, session.seen_at, account.id, account.username,
               account.is_admin OR account.is_admin_in_auth
        FROM session JOIN account ON account.id = session.account_id WHERE session.token_hash = :hash
        """,
        {"hash": token_hash},
    )
    return None if row is None else FoundSession(row[0], from_micros(row[1]), row[2], row[3], bool(row[4]))


async def add_session(work: Work, token_hash: str, session: Session, wrapped_id_token: bytes | None) -> None:
    """Insert a session; its number is not looked at."""
    await work.run(
        """
        INSERT INTO session (token_hash, account_id, wrapped_id_token, address, client, created_at, seen_at)
        VALUES (:hash, :account, :wrapped, :address, :client, :at, :at)
        """,
        {
            "hash": token_hash,
            "account": session.user_id,
            "wrapped": wrapped_id_token,
            "address": session.address,
            "client": session.client,
            "at": to_micros(session.created_at),
        },
    )


async def touch_session(work: Work, session_id: int, at: datetime) -> None:
    """Write when a session was used last."""
    await work.run(
        "UPDATE session SET seen_at = :at WHERE id = :id AND seen_at < :at",
        {"id": session_id, "at": to_micros(at)},
    )


async def id_token_of(reader: Reader, token_hash: str) -> bytes | None:
    """Read the provider's token of a session; None where there is none."""
    row = await reader.first(
        "SELECT wrapped_id_token FROM session WHERE token_hash = :hash", {"hash": token_hash}
    )
    return None if row is None or row.wrapped_id_token is None else bytes(row.wrapped_id_token)


async def session(reader: Reader, session_id: int) -> Session | None:
    """Read a session by number."""
    row = await reader.first(f"{_SESSION} WHERE session.id = :id", {"id": session_id})
    return None if row is None else _session(row)


async def sessions(
    reader: Reader, user_id: int | None, seen_after: datetime, after: int, limit: int
) -> Sequence[Session]:
    """List sessions that last, by number from `after` on; of one account (index session_account) or all."""
    rows = await reader.all(
        f"{_SESSION} WHERE session.id > :after AND session.seen_at >= :seen"
        " AND (:account = 0 OR session.account_id = :account) ORDER BY session.id LIMIT :limit",
        {"after": after, "seen": to_micros(seen_after), "account": user_id or 0, "limit": limit},
    )
    return [_session(row) for row in rows]


async def end_session(work: Work, session_id: int) -> bool:
    """Remove a session; False when it was over already."""
    return await work.run("DELETE FROM session WHERE id = :id", {"id": session_id}) == 1


async def end_sessions_of(work: Work, user_id: int) -> None:
    """Remove all sessions of an account (index session_account)."""
    await work.run("DELETE FROM session WHERE account_id = :account", {"account": user_id})


async def drop_idle_sessions(work: Work, seen_before: datetime) -> None:
    """Remove sessions that nobody used for too long (index session_seen)."""
    await work.run("DELETE FROM session WHERE seen_at < :before", {"before": to_micros(seen_before)})


def _session(row: Row) -> Session:
    return Session(
        row.id,
        row.account_id,
        row.username,
        row.address,
        row.client,
        from_micros(row.created_at),
        from_micros(row.seen_at),
    )
