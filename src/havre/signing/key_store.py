"""Rows of `trust_key`: the keys that sign snapshots and timestamps here, wrapped by the master key.

pending   made, and named by no root yet; there is one at most for a name and a role
active    named by the root in force
gone      a root in force names it no more, so nothing signed by it is needed again
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from havre.kernel.work import Reader, Row, Work
from havre.signing.tuf.documents import Key, KeyValue
from havre.signing.tuf.sign import ALGORITHM


@dataclass(frozen=True, slots=True)
class HeldKey:
    """One key pair."""

    key_id: str
    role: str
    public: str
    private: bytes
    is_pending: bool

    @property
    def key(self) -> Key:
        """The public half, as documents have it."""
        return Key(ALGORITHM, KeyValue(self.public))


async def keys_of_gun(reader: Reader, gun: str) -> Sequence[HeldKey]:
    """List the keys of a name (index trust_key_gun); there are a handful."""
    rows = await reader.all(
        """SELECT key_id, role, public, private, activated_at FROM trust_key WHERE gun = :gun
           ORDER BY created_at DESC, key_id LIMIT 100""",
        {"gun": gun},
    )
    return [_held(row) for row in rows]


async def add_key(work: Work, gun: str, project_id: int, key: HeldKey, now: int) -> None:
    """Insert a pending key."""
    await work.run(
        """INSERT INTO trust_key (key_id, gun, project_id, role, public, private, created_at)
           VALUES (:key_id, :gun, :project_id, :role, :public, :private, :now)""",
        {
            "key_id": key.key_id,
            "gun": gun,
            "project_id": project_id,
            "role": key.role,
            "public": key.public,
            "private": key.private,
            "now": now,
        },
    )


async def follow_root(work: Work, gun: str, named: Collection[str], now: int) -> None:
    """Take note of a new root: what it names is active, what an older one named is gone."""
    names = list(named)
    await work.run(
        """UPDATE trust_key SET activated_at = :now
           WHERE gun = :gun AND key_id IN :named AND activated_at IS NULL""",
        {"now": now, "gun": gun, "named": names},
    )
    await work.run(
        "DELETE FROM trust_key WHERE gun = :gun AND activated_at IS NOT NULL AND key_id NOT IN :named",
        {"gun": gun, "named": names},
    )


async def delete_keys(work: Work, gun: str) -> int:
    """Forget every key of a name."""
    return await work.run("DELETE FROM trust_key WHERE gun = :gun", {"gun": gun})


def _held(row: Row) -> HeldKey:
    return HeldKey(row.key_id, row.role, row.public, bytes(row.private), row.activated_at is None)
