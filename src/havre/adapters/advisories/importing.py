"""Import what sources publish: built beside the database in use, then put in its place.

    advisories.db        in use; whoever has it open keeps what was opened
    advisories.db.new    being built; what a crash leaves of it is begun anew

What is imported replaces all there was of the same sources; other sources stay. One import at a time.
"""

import fcntl
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from havre.adapters.advisories.build import Builder
from havre.adapters.advisories.database import open_database
from havre.adapters.advisories.reading import documents
from havre.adapters.advisories.schema import DATABASE
from havre.scanning.advisories.model import Faults
from havre.scanning.advisories.recognise import read_document
from havre.scanning.errors import ImportRefused

_LOST: Final = 0.1


@dataclass(slots=True)
class Imported:
    """What an import took: entries by source, and as many as there were before."""

    entries: Counter[str] = field(default_factory=Counter)
    before: Mapping[str, int] = field(default_factory=dict)
    documents: int = 0
    faults: Faults = field(default_factory=Faults)


Tell = Callable[[Imported], None]


def import_advisories(
    directory: Path, paths: Sequence[Path], now: int, tell: Tell, *, may_shrink: bool = False
) -> Imported:
    """Build the next database out of files, directories and archives; `tell` hears how far it is.

    Raises: ImportRefused when nothing of them is an advisory, when a source lost more than a tenth of its
    entries unless it may, when another import is under way; SourceUnreadable.
    """
    directory.mkdir(parents=True, exist_ok=True)
    target, made, result = directory / DATABASE, directory / f"{DATABASE}.new", Imported()
    with _alone(directory):
        builder = Builder(made, now)
        try:
            for path in paths:
                for name, content in documents(path):
                    result.documents += 1
                    for known in read_document(name, content, result.faults):
                        builder.add(known)
                    tell(result)
            result.entries = builder.entries
            if not builder.entries:
                raise ImportRefused("none of it is an advisory in a form that is known: see docs/scan.md")
            if target.exists():
                result.before = _before(target)
                if not may_shrink:
                    _refuse_loss(result)
                builder.keep_others(target)
            builder.finish()
        finally:
            builder.close()
            if not builder.entries:
                made.unlink(missing_ok=True)
        _put_in_place(made, target)
    return result


def _before(target: Path) -> Mapping[str, int]:
    with open_database(target) as database:
        return {one.name: one.entries for one in database.state().sources}


def _refuse_loss(result: Imported) -> None:
    for source, before in result.before.items():
        now = result.entries.get(source)
        if now is not None and now < before * (1 - _LOST):
            raise ImportRefused(
                f"source {source} has {now} entries, and had {before}: what it lost would show as mended. "
                "Look at what was imported; --force takes it all the same"
            )


def _put_in_place(made: Path, target: Path) -> None:
    descriptor = os.open(made, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    made.replace(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    descriptor = os.open(directory / "import.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise ImportRefused("another import is under way: wait for its end") from None
    try:
        yield
    finally:
        os.close(descriptor)
