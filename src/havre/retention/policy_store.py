"""Rows of `retention_policy`, and what a project says of it."""

from collections.abc import Sequence

import msgspec

from havre.kernel.clock import from_micros
from havre.kernel.work import Reader, Row, Work
from havre.retention.policy import NewPolicy, Policy, Rule

_decode = msgspec.json.Decoder(list[Rule]).decode


async def find(reader: Reader, policy_id: int) -> Policy | None:
    """Read a policy."""
    row = await reader.first(
        """SELECT id, project_id, rules, cron, is_per_tag, version, created_at, updated_at
           FROM retention_policy WHERE id = :id""",
        {"id": policy_id},
    )
    return None if row is None else _policy(row)


async def of_project(reader: Reader, project_id: int) -> Policy | None:
    """Read the policy of a project, None when it has none (unique key)."""
    row = await reader.first(
        """SELECT id, project_id, rules, cron, is_per_tag, version, created_at, updated_at
           FROM retention_policy WHERE project_id = :project_id""",
        {"project_id": project_id},
    )
    return None if row is None else _policy(row)


async def lock(work: Work, policy_id: int) -> Policy | None:
    """Read a policy and keep others from changing it until the end."""
    await work.first("SELECT id FROM retention_policy WHERE id = :id FOR UPDATE", {"id": policy_id})
    return await find(work, policy_id)


async def hold(work: Work, policy_id: int) -> int | None:
    """Keep a policy as it is until the end, beside others that do; its version, None when it is gone."""
    row = await work.first("SELECT version FROM retention_policy WHERE id = :id FOR SHARE", {"id": policy_id})
    return None if row is None else int(row.version)


async def add(work: Work, project_id: int, new: NewPolicy, now: int) -> int | None:
    """Insert a policy and return its number; None when the project has one."""
    row = await work.first(
        """INSERT INTO retention_policy (project_id, rules, cron, is_per_tag, version, created_at, updated_at)
           VALUES (:project_id, :rules, :cron, :is_per_tag, 1, :now, :now)
           ON CONFLICT (project_id) DO NOTHING RETURNING id""",
        {
            "project_id": project_id,
            "rules": _encode(new.rules),
            "cron": new.cron,
            "is_per_tag": bool(new.is_per_tag),
            "now": now,
        },
    )
    return None if row is None else int(row.id)


async def change(work: Work, policy_id: int, new: NewPolicy, now: int) -> None:
    """Overwrite a policy; its version rises."""
    await work.run(
        """UPDATE retention_policy SET rules = :rules, cron = :cron, updated_at = :now,
               version = version + 1, is_per_tag = COALESCE(:is_per_tag, is_per_tag) WHERE id = :id""",
        {
            "id": policy_id,
            "rules": _encode(new.rules),
            "cron": new.cron,
            "is_per_tag": new.is_per_tag,
            "now": now,
        },
    )


async def delete(work: Work, policy_id: int) -> None:
    """Delete a policy."""
    await work.run("DELETE FROM retention_policy WHERE id = :id", {"id": policy_id})


def _encode(rules: Sequence[Rule]) -> str:
    return msgspec.json.encode(rules).decode()


def _policy(row: Row) -> Policy:
    return Policy(
        id=row.id,
        project_id=row.project_id,
        rules=tuple(_decode(row.rules)),
        cron=row.cron,
        is_per_tag=bool(row.is_per_tag),
        version=row.version,
        created_at=from_micros(row.created_at),
        updated_at=from_micros(row.updated_at),
    )
