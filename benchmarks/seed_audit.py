"""Puts many rows into the audit journal of a prepared instance: `python -m benchmarks.seed_audit URL COUNT`.

Two thirds are pulls, spread over projects 1 to 50 and two hundred people, a second apart.
"""

import asyncio
import sys
import time
from typing import Final

from havre.adapters.database import open_database
from havre.audit import AuditJournal
from havre.kernel.clock import SystemClock, to_micros
from havre.kernel.work import Database, Parameters

_PIECE: Final = 5000
_INSERT: Final = """
INSERT INTO event (at, name, operation, resource_type, resource, project_id, succeeded, actor_kind, actor,
                   address, client, request_id, description, facts)
VALUES (:at, :name, :operation, :resource_type, :resource, :project_id, TRUE, 'user', :actor, '192.0.2.7',
        'docker/28.5.1 go/go1.24 kernel/6.12 os/linux arch/amd64', :request, :description, :facts)
"""
_KINDS: Final = (
    ("manifest.pulled", "pull", "artifact"),
    ("manifest.pulled", "pull", "artifact"),
    ("manifest.pushed", "create", "artifact"),
    ("blob.pushed", "create", "blob"),
    ("tag.moved", "update", "tag"),
    ("manifest.pulled", "pull", "artifact"),
    ("manifest.pulled", "pull", "artifact"),
    ("user.logged_in", "login", "user"),
    ("manifest.pulled", "pull", "artifact"),
)


def row(number: int, start: int) -> Parameters:
    """Make the row of a number."""
    name, operation, kind = _KINDS[number % len(_KINDS)]
    resource = f"project{number % 50}/team/app{number % 977}"
    return {
        "at": start + number * 1_000_000,
        "name": name,
        "operation": operation,
        "resource_type": kind,
        "resource": resource,
        "project_id": number % 50 + 1,
        "actor": f"user{number % 200}",
        "request": f"{number:032x}",
        "description": f"{operation} {kind}: {resource}",
        "facts": f'{{"repository":"{resource}","digest":"sha256:{number:064x}","tag":"v{number % 31}"}}',
    }


async def seed(database: Database, count: int) -> None:
    """Insert `count` rows, the newest now."""
    start = to_micros(SystemClock().now()) - count * 1_000_000
    for first in range(0, count, _PIECE):
        async with database.write() as work:
            await work.run_many(_INSERT, [row(n, start) for n in range(first, min(first + _PIECE, count))])


async def _main(url: str, count: int) -> None:
    database = open_database(url, AuditJournal(SystemClock()))
    started = time.monotonic()
    await seed(database, count)
    await database.close()
    print(f"{count:,} rows in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
