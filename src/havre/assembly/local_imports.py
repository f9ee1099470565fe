"""Importing advisories out of files, on the command line."""

from collections.abc import Sequence
from pathlib import Path

from havre.adapters.advisories.importing import Imported, Tell, import_advisories
from havre.assembly.local_scans import directory_of
from havre.settings import Settings


def import_into(
    settings: Settings, paths: Sequence[Path], now: int, tell: Tell, *, may_shrink: bool
) -> Imported:
    """Import advisories into the data directory.

    Raises: ImportRefused, SourceUnreadable.
    """
    return import_advisories(directory_of(settings), paths, now, tell, may_shrink=may_shrink)
