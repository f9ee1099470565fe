"""Import in a process of its own: reading a gigabyte of advisories must not take the machine from pulls.

python -m havre.adapters.advisories.aside DIRECTORY PATH…   prints JSON; 3 when it is refused, with the reason
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from havre.adapters.advisories.database import open_database
from havre.adapters.advisories.importing import import_advisories
from havre.adapters.advisories.schema import DATABASE
from havre.scanning.errors import ImportRefused, SourceUnreadable
from havre.scanning.fetch_advisories import Taken

_REFUSED: Final = 3
_NICE: Final = 10


class ImportAside:
    """Imports into a directory; implements ImportFiles."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def __call__(self, paths: Sequence[Path]) -> Taken:
        """Import; see the port."""
        process = await asyncio.create_subprocess_exec(
            *map(str, (sys.executable, "-m", "havre.adapters.advisories.aside", self._directory, *paths)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            said, complained = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode:
            text = complained.decode("utf-8", "replace").strip()
            raise ImportRefused(
                text if process.returncode == _REFUSED else f"the import broke: {text[-500:]}"
            )
        return msgspec.json.decode(said, type=Taken)


def main() -> int:
    """Import what the command line names."""
    os.nice(_NICE)
    directory, paths = Path(sys.argv[1]), [Path(one) for one in sys.argv[2:]]
    try:
        taken = import_advisories(directory, paths, int(time.time()), lambda _: None)
    except (ImportRefused, SourceUnreadable) as error:
        sys.stderr.write(str(error))
        return _REFUSED
    with open_database(directory / DATABASE) as database:
        version = database.version
    done = Taken(version, sum(taken.entries.values()), taken.faults.count)
    sys.stdout.buffer.write(msgspec.json.encode(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
