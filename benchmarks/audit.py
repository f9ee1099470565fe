"""How fast the audit journal is listed, sealed and verified: `python -m benchmarks.audit [COUNT] [URL]`.

Without a URL a SQLite file in a temporary directory is used.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.seed_audit import seed
from havre.access import Access
from havre.adapters.anchor import FileAnchor
from havre.adapters.database import open_database, prepare_database
from havre.adapters.database.horizon import open_horizon
from havre.adapters.vault import Vault
from havre.audit import AuditFilters, AuditJournal, SealKeys, SealRows, Search, Verify
from havre.kernel.actor import system
from havre.kernel.clock import SystemClock
from havre.kernel.pages import PageRequest

_SEARCHES: Final = {
    "everything": AuditFilters(),
    "one operation": AuditFilters(operation="pull"),
    "operation and type": AuditFilters(operation="create", resource_type="blob"),
    "one person": AuditFilters(actor="user7"),
    "part of a name": AuditFilters(resource_part="app77"),
}


async def _list(search: Search) -> None:
    for name, filters in _SEARCHES.items():
        for size in (10, 100):
            for page in (1, 1, 1000, 1000):
                started = time.perf_counter()
                found = await search.everywhere(system("bench"), filters, PageRequest(page, size))
                took_ms = (time.perf_counter() - started) * 1000
                print(f"{name:20} page {page:5} of {size:3}: {took_ms:7.1f} ms  ({found.total:,} rows)")


async def _main(count: int, url: str, directory: Path) -> None:
    prepare_database(url)
    clock = SystemClock()
    database = open_database(url, AuditJournal(clock))
    await seed(database, count)
    await _list(Search(database, Access(database)))
    anchor, keys = FileAnchor(directory), SealKeys(database, Vault(bytes(32)), clock)
    started = time.perf_counter()
    sealed = await SealRows(database, open_horizon(url, database), anchor, keys, clock).run()
    print(f"sealed {sealed:,} rows in {time.perf_counter() - started:.1f} s")
    started = time.perf_counter()
    report = await Verify(database, keys, anchor).run()
    print(f"verified {report.rows:,} rows in {time.perf_counter() - started:.1f} s, {report.found} findings")
    await database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
        address = sys.argv[2] if len(sys.argv) > 2 else f"sqlite:///{folder}/havre.db"
        asyncio.run(_main(rows, address, Path(folder)))
