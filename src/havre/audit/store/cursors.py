"""Rows of `audit_cursor`: how far the journal was forwarded to each place, and by whom."""

from havre.kernel.work import Reader, Work


async def position(reader: Reader, target: str) -> int | None:
    """Tell the last id that a place has; None when it is new."""
    row = await reader.first("SELECT last_id FROM audit_cursor WHERE target = :target", {"target": target})
    return None if row is None else int(row.last_id)


async def begin(work: Work, target: str, last_id: int, now: int) -> None:
    """Begin to forward to a place, behind this id."""
    await work.run(
        """INSERT INTO audit_cursor (target, last_id, lease_until, updated_at)
           VALUES (:target, :last_id, 0, :now) ON CONFLICT (target) DO NOTHING""",
        {"target": target, "last_id": last_id, "now": now},
    )


async def claim(work: Work, target: str, owner: str, now: int, until: int) -> int | None:
    """Take or keep the lease and tell the last id; None when another process holds it."""
    row = await work.first(
        """UPDATE audit_cursor SET lease_owner = :owner, lease_until = :until
           WHERE target = :target AND (lease_owner = :owner OR lease_until < :now) RETURNING last_id""",
        {"target": target, "owner": owner, "now": now, "until": until},
    )
    return None if row is None else int(row.last_id)


async def advance(work: Work, target: str, owner: str, last_id: int, until: int, now: int) -> bool:
    """Move the cursor and keep the lease; False when another process took it."""
    moved = await work.run(
        """UPDATE audit_cursor SET last_id = :last_id, lease_until = :until, updated_at = :now
           WHERE target = :target AND lease_owner = :owner""",
        {"target": target, "owner": owner, "last_id": last_id, "until": until, "now": now},
    )
    return moved == 1


async def release(work: Work, target: str, owner: str) -> None:
    """Let another process go on at once."""
    await work.run(
        "UPDATE audit_cursor SET lease_until = 0 WHERE target = :target AND lease_owner = :owner",
        {"target": target, "owner": owner},
    )
