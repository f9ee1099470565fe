"""All SQL of secrets for tools and of people who still choose their user name."""

from dataclasses import dataclass
from datetime import datetime

from havre.access.model import AccountOrigin, User
from havre.access.store import user_by_id
from havre.kernel.clock import from_micros, to_micros
from havre.kernel.work import Reader, Work


@dataclass(frozen=True, slots=True)
class StoredSecret:
    """A secret for tools as the database keeps it."""

    id: int
    user_id: int
    wrapped: bytes
    created_at: datetime
    updated_at: datetime


async def secret_of(reader: Reader, user_id: int) -> StoredSecret | None:
    """Read the secret of an account."""
    row = await reader.first(
        "SELECT id, account_id, wrapped, created_at, updated_at FROM cli_secret WHERE account_id = :account",
        {"account": user_id},
    )
    if row is None:
        return None
    moments = from_micros(row.created_at), from_micros(row.updated_at)
    return StoredSecret(row.id, row.account_id, bytes(row.wrapped), *moments)


async def owner_of_secret(reader: Reader, username: str) -> tuple[User, bytes] | None:
    """Read an account of an OIDC provider by name, with its secret."""
    row = await reader.first(
        "SELECT account.id, cli_secret.wrapped FROM account"
        " JOIN cli_secret ON cli_secret.account_id = account.id"
        " WHERE account.username = :username AND account.origin = :origin",
        {"username": username, "origin": AccountOrigin.OIDC.value},
    )
    user = None if row is None else await user_by_id(reader, row.id)
    return None if row is None or user is None else (user, bytes(row.wrapped))


async def add_secret(work: Work, user_id: int, wrapped: bytes, at: datetime) -> None:
    """Insert a secret unless there is one."""
    await work.run(
        "INSERT INTO cli_secret (account_id, wrapped, created_at, updated_at)"
        " VALUES (:account, :wrapped, :at, :at) ON CONFLICT (account_id) DO NOTHING",
        {"account": user_id, "wrapped": wrapped, "at": to_micros(at)},
    )


async def set_secret(work: Work, user_id: int, wrapped: bytes, at: datetime) -> None:
    """Write a secret, whether there was one or not."""
    await work.run(
        "INSERT INTO cli_secret (account_id, wrapped, created_at, updated_at)"
        " VALUES (:account, :wrapped, :at, :at) ON CONFLICT (account_id)"
        " DO UPDATE SET wrapped = excluded.wrapped, updated_at = excluded.updated_at",
        {"account": user_id, "wrapped": wrapped, "at": to_micros(at)},
    )


async def keep_pending(work: Work, token_hash: str, wrapped: bytes, expires_at: datetime) -> None:
    """Insert somebody who has to choose a user name."""
    await work.run(
        "INSERT INTO pending_person (token_hash, wrapped, expires_at) VALUES (:hash, :wrapped, :at)",
        {"hash": token_hash, "wrapped": wrapped, "at": to_micros(expires_at)},
    )


async def pending(reader: Reader, token_hash: str, now: datetime) -> bytes | None:
    """Read somebody who has to choose a user name, while it lasts."""
    row = await reader.first(
        "SELECT wrapped FROM pending_person WHERE token_hash = :hash AND expires_at > :now",
        {"hash": token_hash, "now": to_micros(now)},
    )
    return None if row is None else bytes(row.wrapped)


async def forget_pending(work: Work, token_hash: str) -> None:
    """Remove somebody who has chosen."""
    await work.run("DELETE FROM pending_person WHERE token_hash = :hash", {"hash": token_hash})


async def forget_expired(work: Work, now: datetime) -> None:
    """Remove everybody who did not choose in time."""
    await work.run("DELETE FROM pending_person WHERE expires_at <= :now", {"now": to_micros(now)})
