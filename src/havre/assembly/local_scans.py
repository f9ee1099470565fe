"""Advisories and images that are files: what needs neither the database nor a registry."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from havre.adapters.advisories.database import open_database
from havre.adapters.advisories.schema import DATABASE
from havre.adapters.layers.images import LocalImage, images_at
from havre.adapters.layers.sandbox import analyse_files
from havre.scanning.findings import Report, report_of
from havre.scanning.ports import DatabaseState
from havre.scanning.record import Inventory, merge
from havre.settings import Settings


def advisory_state(settings: Settings) -> DatabaseState:
    """Tell what is known. Raises: AdvisoriesMissing."""
    with open_database(directory_of(settings) / DATABASE) as database:
        return database.state()


def directory_of(settings: Settings) -> Path:
    """Tell where advisories are."""
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
    with open_database(directory_of(settings) / DATABASE) as database:
        images = images_at(path)
        layers = list(dict.fromkeys(layer for image in images for layer in image.layers))
        records = dict(zip(layers, analyse_files(layers, at_once), strict=True))
        found = []
        for image in images:
            inventory = merge(records[layer] for layer in image.layers)
            found.append(Scanned(image, inventory, report_of(inventory, database, today)))
        return found
