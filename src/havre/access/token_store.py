"""All SQL of signing keys and refresh tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from havre.kernel.clock import from_micros, to_micros
from havre.kernel.work import Reader, Work


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key as the database keeps it."""

    key_id: str
    public_pem: str
    wrapped_private: bytes
    created_at: datetime
    retired_at: datetime | None


async def signing_keys(reader: Reader) -> Sequence[StoredKey]:
    """List all signing keys, newest first; there are a handful."""
    rows = await reader.all(
        "SELECT key_id, public_pem, wrapped_private, created_at, retired_at FROM signing_key"
        " ORDER BY created_at DESC, key_id LIMIT 100"
    )
    return [
        StoredKey(
            row.key_id,
            row.public_pem,
            bytes(row.wrapped_private),
            from_micros(row.created_at),
            None if row.retired_at is None else from_micros(row.retired_at),
        )
        for row in rows
    ]


async def add_signing_key(work: Work, key: StoredKey) -> None:
    """Insert a signing key."""
    await work.run(
        """
        INSERT INTO signing_key (key_id, public_pem, wrapped_private, created_at)
        VALUES (:key_id, :public_pem, :wrapped, :at)
        """,
        {
            "key_id": key.key_id,
            "public_pem": key.public_pem,
            "wrapped": key.wrapped_private,
            "at": to_micros(key.created_at),
        },
    )


async def retire_signing_keys(work: Work, except_id: str, at: datetime) -> None:
    """Retire every key but one: it signs no more, and verifies until its tokens are over."""
    await work.run(
        "UPDATE signing_key SET retired_at = :at WHERE key_id <> :key_id AND retired_at IS NULL",
        {"at": to_micros(at), "key_id": except_id},
    )


async def drop_signing_keys(work: Work, retired_before: datetime) -> None:
    """Remove keys whose last token is over."""
    await work.run(
        "DELETE FROM signing_key WHERE retired_at < :before", {"before": to_micros(retired_before)}
    )


async def add_refresh_token(
    work: Work, token_hash: str, user_id: int, client: str, at: datetime, expires_at: datetime
) -> None:
    """Insert the hash of a refresh token."""
    await work.run(
        """
        INSERT INTO refresh_token (token_hash, account_id, client, created_at, expires_at)
        VALUES (:hash, :account, :client, :at, :expires)
        """,
        {
            "hash": token_hash,
            "account": user_id,
            "client": client,
            "at": to_micros(at),
            "expires": to_micros(expires_at),
        },
    )


async def refresh_token_owner(reader: Reader, token_hash: str, now: datetime) -> int | None:
    """Find whose refresh token this is, while it lasts."""
    row = await reader.first(
        "SELECT account_id FROM refresh_token WHERE token_hash = :hash AND expires_at > :now",
        {"hash": token_hash, "now": to_micros(now)},
    )
    return None if row is None else int(row.account_id)


async def drop_expired_refresh_tokens(work: Work, user_id: int, now: datetime) -> None:
    """Remove a user's refresh tokens that are over (index refresh_token_account)."""
    await work.run(
        "DELETE FROM refresh_token WHERE account_id = :account AND expires_at <= :now",
        {"account": user_id, "now": to_micros(now)},
    )


async def drop_refresh_tokens(work: Work, user_id: int) -> None:
    """Remove all refresh tokens of a user."""
    await work.run("DELETE FROM refresh_token WHERE account_id = :account", {"account": user_id})
