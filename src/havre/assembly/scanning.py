"""Scanning: where its database of advisories is, and what the command line does with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from havre.access import Access
from havre.adapters.advisories.database import open_database
from havre.adapters.advisories.importing import DATABASE, Imported, Tell, import_advisories
from havre.adapters.layers.images import LocalImage, images_at
from havre.adapters.layers.sandbox import LayerFile, analyse_file, analyse_files
from havre.assembly.ground import Ground
from havre.edge.api.scan_parts import ScanParts
from havre.jobs import Kind, Schedule
from havre.kernel.clock import Clock
from havre.kernel.work import Database
from havre.registry import Pull
from havre.scanning.findings import Report, report_of
from havre.scanning.ports import DatabaseState
from havre.scanning.record import Inventory, LayerRecord, merge
from havre.scanning.rematch import Rematch
from havre.scanning.run_scan import KIND, RunScan
from havre.scanning.scan_all import ALL_KIND, PlanScans, ScanAll
from havre.scanning.scans import Scans
from havre.scanning.security_hub import SecurityHub
from havre.settings import Settings

_AT_ONCE: Final = 2  # images, over all processes: each reads its layers in a process of its own


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


def scan_parts(database: Database, access: Access, clock: Clock, pull: Pull) -> ScanParts:
    """Wire the use cases of scanning."""
    return ScanParts(Scans(database, access, clock, pull), ScanAll(database, clock), SecurityHub(database))


def scan_kinds(ground: Ground) -> Sequence[Kind]:
    """Wire the jobs of scans."""
    pull = Pull(ground.database, ground.blobs, ground.access, ground.journal)
    path = _directory(ground.settings) / DATABASE
    run = RunScan(ground.database, ground.clock, pull, _read_layer, lambda: open_database(path))
    plan = PlanScans(ground.database, ground.clock)
    return [Kind(KIND, run.run, at_most=_AT_ONCE), Kind(ALL_KIND, plan.run, at_most=1)]


def scan_schedules(ground: Ground) -> Sequence[Schedule]:
    """Wire what holds everything against advisories that were imported meanwhile."""
    path = _directory(ground.settings) / DATABASE
    rematch = Rematch(ground.database, lambda: open_database(path))
    return [Schedule("scanning.rematch", ground.settings.scanning.rematch_every_s, rematch.run)]


def _read_layer(path: str, size: int) -> LayerRecord:
    return analyse_file(LayerFile(Path(path), 0, size))


def _directory(settings: Settings) -> Path:
    return settings.data / "advisories"


@dataclass(frozen=True, slots=True)
class Scanned:
    """One image, what it holds, and what was found in it."""

    image: LocalImage
    inventory: Inventory
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
            found.append(Scanned(image, inventory, report_of(inventory, database, today)))
        return found
