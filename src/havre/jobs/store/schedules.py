"""Rows of `schedule` (cron) and of `job_schedule` (fixed intervals)."""

from collections.abc import Sequence

from havre.jobs.model import SCHEDULER_QUEUE, CronSchedule, NewSchedule
from havre.jobs.store.claims import decode_payload, encode
from havre.kernel.clock import from_micros
from havre.kernel.pages import PageRequest
from havre.kernel.work import Reader, Row, Work

_COLUMNS = "id, vendor_type, vendor_id, type, cron, payload, next_run_at, created_at, updated_at"


async def put(work: Work, new: NewSchedule, cron: str, next_run_at: int, now: int) -> CronSchedule:
    """Insert or replace the schedule of a vendor."""
    row = await work.first(
        f"""INSERT INTO schedule (vendor_type, vendor_id, type, cron, payload, next_run_at, created_at,
                                  updated_at)
            VALUES (:vendor_type, :vendor_id, :type, :cron, :payload, :next, :now, :now)
            ON CONFLICT (vendor_type, vendor_id) DO UPDATE SET type = excluded.type, cron = excluded.cron,
                payload = excluded.payload, next_run_at = excluded.next_run_at,
                updated_at = excluded.updated_at
            RETURNING {_COLUMNS}""",  # noqa: S608 - columns of ours
        {
            "vendor_type": new.vendor_type,
            "vendor_id": new.vendor_id,
            "type": new.type,
            "cron": cron,
            "payload": encode(new.payload),
            "next": next_run_at,
            "now": now,
        },
    )
    assert row is not None
    return _schedule(row)


async def find(reader: Reader, vendor_type: str, vendor_id: int) -> CronSchedule | None:
    """Read the schedule of a vendor (index schedule_vendor)."""
    row = await reader.first(
        f"SELECT {_COLUMNS} FROM schedule WHERE vendor_type = :type AND vendor_id = :id",  # noqa: S608 - columns of ours
        {"type": vendor_type, "id": vendor_id},
    )
    return None if row is None else _schedule(row)


async def delete(work: Work, vendor_type: str, vendor_id: int) -> bool:
    """Delete the schedule of a vendor; False when there is none."""
    gone = await work.run(
        "DELETE FROM schedule WHERE vendor_type = :type AND vendor_id = :id",
        {"type": vendor_type, "id": vendor_id},
    )
    return gone == 1


async def list_all(reader: Reader, page: PageRequest) -> tuple[Sequence[CronSchedule], int]:
    """Read a page of all schedules, oldest first, and count them (primary key)."""
    total = await reader.first("SELECT COUNT(*) AS total FROM schedule")
    rows = await reader.all(
        f"SELECT {_COLUMNS} FROM schedule ORDER BY id LIMIT :limit OFFSET :offset",  # noqa: S608 - columns of ours
        {"limit": page.size, "offset": page.offset},
    )
    return [_schedule(row) for row in rows], int(total.total) if total else 0


async def due(reader: Reader, now: int, limit: int) -> Sequence[CronSchedule]:
    """List schedules whose moment came, none while the scheduler is paused (index schedule_due)."""
    rows = await reader.all(
        f"""SELECT {_COLUMNS} FROM schedule WHERE next_run_at <= :now AND NOT EXISTS (
                SELECT 1 FROM job_queue q WHERE q.kind = :scheduler AND q.is_paused)
            ORDER BY next_run_at, id LIMIT :limit""",  # noqa: S608 - columns of ours
        {"now": now, "limit": limit, "scheduler": SCHEDULER_QUEUE},
    )
    return [_schedule(row) for row in rows]


async def take_cron_turn(work: Work, schedule: CronSchedule, seen: int, next_run_at: int) -> bool:
    """Move a schedule to its next moment; True for exactly one process."""
    taken = await work.run(
        "UPDATE schedule SET next_run_at = :next WHERE id = :id AND next_run_at = :seen",
        {"id": schedule.id, "seen": seen, "next": next_run_at},
    )
    return taken == 1


async def take_turn(work: Work, kind: str, every_s: int, now: int) -> bool:
    """Claim the next run of a fixed interval; True for exactly one process."""
    await work.run(
        """INSERT INTO job_schedule (kind, every_s, next_run_at) VALUES (:kind, :every_s, :now)
           ON CONFLICT (kind) DO NOTHING""",
        {"kind": kind, "every_s": every_s, "now": now},
    )
    taken = await work.run(
        """UPDATE job_schedule SET next_run_at = :next, every_s = :every_s
           WHERE kind = :kind AND next_run_at <= :now""",
        {"kind": kind, "every_s": every_s, "now": now, "next": now + every_s * 1_000_000},
    )
    return taken == 1


def _schedule(row: Row) -> CronSchedule:
    return CronSchedule(
        row.id,
        row.vendor_type,
        row.vendor_id,
        row.type,
        row.cron,
        decode_payload(row.payload),
        from_micros(row.next_run_at),
        from_micros(row.created_at),
        from_micros(row.updated_at),
    )
