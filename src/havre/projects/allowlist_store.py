"""All SQL of allowlists of CVEs."""

import json
from datetime import datetime

from havre.kernel.clock import from_micros, to_micros
from havre.kernel.work import Reader, Work
from havre.projects.allowlists import Allowlist, NewAllowlist


async def of_instance(reader: Reader) -> Allowlist:
    """Read the instance's list, which is always there."""
    found = await _read(reader, "project_id IS NULL", 0)
    if found is None:
        raise AssertionError("the schema holds the instance's allowlist")
    return found


async def lock_instance(work: Work) -> Allowlist:
    """Read the instance's list and keep others from changing it until the end."""
    await work.first("SELECT id FROM cve_allowlist WHERE project_id IS NULL FOR UPDATE")
    return await of_instance(work)


async def of_project(reader: Reader, project_id: int) -> Allowlist | None:
    """Read a project's own list; None when it never set one (index cve_allowlist_project)."""
    return await _read(reader, "project_id = :project", project_id)


async def _read(reader: Reader, where: str, project_id: int) -> Allowlist | None:
    row = await reader.first(
        f"SELECT id, cves, expires_at_s, created_at, updated_at FROM cve_allowlist WHERE {where}",  # noqa: S608 - constant fragments
        {"project": project_id} if project_id else {},
    )
    if row is None:
        return None
    held = NewAllowlist(json.loads(row.cves), row.expires_at_s)
    return Allowlist(row.id, project_id, held, from_micros(row.created_at), from_micros(row.updated_at))


async def set_of_instance(work: Work, wanted: NewAllowlist, at: datetime) -> None:
    """Overwrite the instance's list."""
    await work.run(
        """UPDATE cve_allowlist SET cves = :cves, expires_at_s = :expires, updated_at = :at
           WHERE project_id IS NULL""",
        {"cves": json.dumps(list(wanted.cves)), "expires": wanted.expires_at_s, "at": to_micros(at)},
    )


async def set_of_project(work: Work, project_id: int, wanted: NewAllowlist, at: datetime) -> None:
    """Overwrite a project's own list."""
    await work.run(
        """INSERT INTO cve_allowlist (project_id, cves, expires_at_s, created_at, updated_at)
           VALUES (:project, :cves, :expires, :at, :at)
           ON CONFLICT (project_id) DO UPDATE SET cves = excluded.cves,
               expires_at_s = excluded.expires_at_s, updated_at = excluded.updated_at""",
        {
            "project": project_id,
            "cves": json.dumps(list(wanted.cves)),
            "expires": wanted.expires_at_s,
            "at": to_micros(at),
        },
    )
