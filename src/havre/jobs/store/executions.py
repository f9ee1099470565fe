"""Rows of `execution`, and of `job` as the tasks that people see."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from havre.jobs.model import Cause, Execution, ExecutionFilter, NewExecution, State, Task
from havre.jobs.store.claims import encode
from havre.kernel.clock import from_micros
from havre.kernel.pages import PageRequest
from havre.kernel.work import Parameters, Reader, Row, Work

_decode = msgspec.json.Decoder(dict[str, object]).decode
_EXECUTION: Final = """id, vendor_type, vendor_id, cause, state, message, extra, started_at, updated_at,
                finished_at"""
TASK_COLUMNS: Final = """id, execution_id, kind, state, last_error, attempts, extra, progress, progress_at,
                         pool_id, created_at, updated_at, started_at, finished_at"""


async def add_execution(work: Work, new: NewExecution, now: int) -> int:
    """Insert a running execution and return its number."""
    row = await work.first(
        """INSERT INTO execution (vendor_type, vendor_id, cause, state, extra, started_at, updated_at)
           VALUES (:vendor_type, :vendor_id, :cause, 'running', :extra, :now, :now) RETURNING id""",
        {
            "vendor_type": new.vendor_type,
            "vendor_id": new.vendor_id,
            "cause": str(new.cause),
            "extra": encode(new.extra),
            "now": now,
        },
    )
    assert row is not None
    return int(row.id)


async def lock_executions(work: Work, ids: Sequence[int]) -> None:
    """Take the turn to end tasks of these executions, before their jobs are touched."""
    await work.all("SELECT id FROM execution WHERE id IN :ids ORDER BY id FOR UPDATE", {"ids": list(ids)})


async def roll_up(work: Work, ids: Sequence[int], now: int) -> None:
    """End those executions of which no task is left (index job_unfinished); they must be locked.

    One failed task makes an execution failed, otherwise one stopped task stopped.
    """
    await work.run(
        """UPDATE execution SET finished_at = :now, updated_at = :now, state = CASE
               WHEN EXISTS (SELECT 1 FROM job j WHERE j.execution_id = execution.id AND j.state = 'failed')
               THEN 'failed'
               WHEN EXISTS (SELECT 1 FROM job j WHERE j.execution_id = execution.id AND j.state = 'stopped')
               THEN 'stopped' ELSE 'succeeded' END
           WHERE id IN :ids AND finished_at IS NULL AND NOT EXISTS (
               SELECT 1 FROM job j WHERE j.execution_id = execution.id AND j.state = 'waiting')
           AND NOT EXISTS (
               SELECT 1 FROM job j WHERE j.execution_id = execution.id AND j.state = 'running')""",
        {"ids": list(ids), "now": now},
    )


async def set_extra(work: Work, execution_id: int, extra: Mapping[str, object], now: int) -> None:
    """Replace what is shown of an execution."""
    await work.run(
        "UPDATE execution SET extra = :extra, updated_at = :now WHERE id = :id",
        {"id": execution_id, "extra": encode(extra), "now": now},
    )


async def set_message(work: Work, execution_id: int, message: str, now: int) -> None:
    """Say in one line how an execution went."""
    await work.run(
        "UPDATE execution SET message = :message, updated_at = :now WHERE id = :id",
        {"id": execution_id, "message": message, "now": now},
    )


async def running_execution(work: Work, vendor_type: str, vendor_id: int | None) -> int | None:
    """Find one that has not ended (index execution_vendor); the queue is locked: one asks at a time."""
    await work.first("SELECT kind FROM job_queue WHERE kind = :kind FOR UPDATE", {"kind": vendor_type})
    row = await work.first(
        """SELECT id FROM execution WHERE vendor_type = :vendor_type AND finished_at IS NULL
           AND (:is_any OR vendor_id = :vendor_id) ORDER BY id LIMIT 1""",
        {"vendor_type": vendor_type, "is_any": vendor_id is None, "vendor_id": vendor_id or 0},
    )
    return None if row is None else int(row.id)


async def find_execution(reader: Reader, execution_id: int, task_kind: str | None = None) -> Execution | None:
    """Read one execution, with how many tasks, perhaps of one kind, are in each state."""
    row = await reader.first(f"SELECT {_EXECUTION} FROM execution WHERE id = :id", {"id": execution_id})  # noqa: S608 - columns of ours
    if row is None:
        return None
    return _execution(row, (await _count_tasks(reader, [execution_id], task_kind)).get(execution_id, {}))


async def list_executions(
    reader: Reader, wanted: ExecutionFilter, page: PageRequest
) -> tuple[Sequence[Execution], int]:
    """Read a page, newest first unless asked, and count all (index execution_vendor): three queries."""
    conditions, parameters = ["vendor_type = :vendor_type"], dict[str, str | int]()
    parameters["vendor_type"] = wanted.vendor_type
    for column, value in (("vendor_id", wanted.vendor_id), ("state", wanted.state), ("cause", wanted.cause)):
        if value is not None:
            conditions.append(f"{column} = :{column}")
            parameters[column] = value if isinstance(value, int) else str(value)
    where = " AND ".join(conditions)
    order = "id" if wanted.is_oldest_first else "id DESC"
    total = await reader.first(f"SELECT COUNT(*) AS total FROM execution WHERE {where}", parameters)  # noqa: S608 - columns of ours
    rows = await reader.all(
        f"""SELECT {_EXECUTION} FROM execution WHERE {where}
            ORDER BY {order} LIMIT :limit OFFSET :offset""",  # noqa: S608 - columns of ours
        {**parameters, "limit": page.size, "offset": page.offset},
    )
    counts = await _count_tasks(reader, [int(row.id) for row in rows], wanted.task_kind)
    return [_execution(row, counts.get(row.id, {})) for row in rows], int(total.total) if total else 0


async def _count_tasks(
    reader: Reader, ids: Sequence[int], kind: str | None
) -> Mapping[int, Mapping[State, int]]:
    only = "AND kind = :kind" if kind else ""
    rows = await reader.all(
        f"""SELECT execution_id, state, COUNT(*) AS total FROM job WHERE execution_id IN :ids {only}
            GROUP BY execution_id, state ORDER BY execution_id""",  # noqa: S608 - fixed parts
        {"ids": list(ids), "kind": kind} if kind else {"ids": list(ids)},
    )
    counts: dict[int, dict[State, int]] = {}
    for row in rows:
        counts.setdefault(row.execution_id, {})[State(row.state)] = row.total
    return counts


async def find_task(reader: Reader, job_id: int) -> Task | None:
    """Read one task."""
    row = await reader.first(f"SELECT {TASK_COLUMNS} FROM job WHERE id = :id", {"id": job_id})  # noqa: S608 - columns of ours
    return None if row is None else read_task(row)


async def list_tasks(
    reader: Reader, execution_id: int, only: tuple[State | None, str | None], page: PageRequest
) -> tuple[Sequence[Task], int]:
    """Read a page of an execution's tasks, oldest first, and count all (index job_execution).

    `only` are a state and a kind, None for any.
    """
    wanted = {name: str(value) for name, value in zip(("state", "kind"), only, strict=True) if value}
    where = " AND ".join(f"{name} = :{name}" for name in ("execution_id", *wanted))
    parameters: Parameters = {"execution_id": execution_id, **wanted}
    total = await reader.first(f"SELECT COUNT(*) AS total FROM job WHERE {where}", parameters)  # noqa: S608 - columns of ours
    rows = await reader.all(
        f"SELECT {TASK_COLUMNS} FROM job WHERE {where} ORDER BY id LIMIT :limit OFFSET :offset",  # noqa: S608 - columns of ours
        {**parameters, "limit": page.size, "offset": page.offset},
    )
    return [read_task(row) for row in rows], int(total.total) if total else 0


async def delete_finished(work: Work, before: int, limit: int) -> int:
    """Forget executions that ended long ago, with their tasks and logs (index execution_finished)."""
    return await work.run(
        """DELETE FROM execution WHERE id IN (SELECT id FROM execution WHERE finished_at < :before
           ORDER BY finished_at LIMIT :limit)""",
        {"before": before, "limit": limit},
    )


def _execution(row: Row, tasks: Mapping[State, int]) -> Execution:
    return Execution(
        row.id,
        row.vendor_type,
        row.vendor_id,
        Cause(row.cause),
        State(row.state),
        row.message,
        _decode(row.extra),
        from_micros(row.started_at),
        from_micros(row.updated_at),
        _moment(row.finished_at),
        tasks,
    )


def read_task(row: Row) -> Task:
    """Turn a row with the columns of a task into one."""
    return Task(
        id=row.id,
        execution_id=row.execution_id,
        kind=row.kind,
        state=State(row.state),
        message=row.last_error or "",
        attempts=row.attempts,
        extra=_decode(row.extra),
        progress=row.progress,
        progress_at=_moment(row.progress_at),
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
        started_at=_moment(row.started_at),
        finished_at=_moment(row.finished_at),
    )


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
