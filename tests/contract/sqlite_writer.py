"""A process that writes rows one by one and prints each name once its transaction is durable.

After an error it deletes the file `ballast` to make room, writes one row more and prints every name there is.
"""

import asyncio
import sys
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path

from havre.adapters.database.sqlite import SqliteDatabase
from havre.kernel.errors import HavreError
from havre.kernel.work import Database


class _Silent:
    async def record(self, work: object, events: object) -> None:
        """Keep nothing."""


async def main(path: Path, prefix: str, rows: int, size: int) -> None:
    """Write `rows` rows of `size` bytes (0: without end), eight use cases at a time."""
    database = SqliteDatabase(path, _Silent(), is_strict=True)
    numbers = islice(count(), rows or None)
    results = await asyncio.gather(
        *(write_all(database, prefix, numbers, size) for _ in range(8)), return_exceptions=True
    )
    errors = [result for result in results if isinstance(result, HavreError)]
    for error in errors:
        print(f"! {type(error).__name__}", flush=True)
    if errors:
        await asyncio.to_thread(Path("ballast").unlink)
        await write_all(database, "after", iter([""]), 1)
        async with database.read() as reader:
            print(*[row.name for row in await reader.all("SELECT name FROM setting")])
    await database.close()


async def write_all(database: Database, prefix: str, numbers: Iterator[object], size: int) -> None:
    """Write one row for each number and print its name when it is durable."""
    for number in numbers:
        name = f"{prefix}{number}"
        async with database.write() as work:
            await work.run(
                "INSERT INTO setting (name, value) VALUES (:name, :value)",
                {"name": name, "value": "x" * size},
            )
        print(name, flush=True)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
