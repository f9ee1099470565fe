"""Scanning: where its database of advisories is, and what the command line does with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from havre.adapters.advisories.database import open_database
from havre.adapters.advisories.importing import DATABASE, Imported, Tell, import_advisories
from havre.adapters.layers.images import LocalImage, images_at
from havre.adapters.layers.sandbox import analyse_files
from havre.scanning.findings import Report, report_of
from havre.scanning.ports import DatabaseState
from havre.scanning.record import merge
from havre.settings import Settings


def import_into(
    settings: Settings, paths: Sequence[Path], now: int, tell: Tell, *, may_shrink: bool
) -> Imported:
    """Import advisories into the data directory.

    Raises: ImportRefused, SourceUnreadable.
    """
    return import_advisories(_directory(settings), paths, now, tell, may_shrink=may_shrink)


def advisory_state(settings: Settings) -> DatabaseState:
    """Tell what is known. Raises: AdvisoriesMissing."""
    with open_database(_directory(settings) / DATABASE) as database:
        return database.state()


def _directory(settings: Settings) -> Path:
    return settings.data / "advisories"


@dataclass(frozen=True, slots=True)
class Scanned:
    """One image and what was found in it."""

    image: LocalImage
    report: Report


def scan_files(settings: Settings, path: Path, today: date, at_once: int) -> list[Scanned]:
    """Scan the images of a directory or a tar; layers that several share are read once.

    Raises: AdvisoriesMissing, ImageUnreadable.
    """
    with open_database(_directory(settings) / DATABASE) as database:
        images = images_at(path)
        layers = list(dict.fromkeys(layer for image in images for layer in image.layers))
        records = dict(zip(layers, analyse_files(layers, at_once), strict=True))
        found = []
        for image in images:
            inventory = merge(records[layer] for layer in image.layers)
            found.append(Scanned(image, report_of(inventory, database, today)))
        return found
