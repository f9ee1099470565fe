"""Scanning: where its database of advisories is, and what the command line does with it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from havre import __version__
from havre.access import Access, ScannerPasses, Tokens
from havre.access.ports import KeyWrapper
from havre.adapters.advisories.aside import ImportAside
from havre.adapters.advisories.database import open_database
from havre.adapters.advisories.fetching import Fetcher
from havre.adapters.advisories.importing import DATABASE, Imported, Tell, import_advisories
from havre.adapters.layers.images import LocalImage, images_at
from havre.adapters.layers.sandbox import LayerFile, analyse_file, analyse_files
from havre.adapters.outgoing import Outgoing
from havre.adapters.remotes.opener import RemoteOpener
from havre.adapters.scanners import HttpScanners
from havre.assembly.ground import Ground, lay_ground, unlock
from havre.assembly.rules import access_rules
from havre.edge.api.scan_parts import ScanParts
from havre.jobs import Kind, Schedule
from havre.kernel.addresses import Reach
from havre.kernel.clock import Clock
from havre.kernel.work import Database
from havre.registry import Describe, Finish, Pull, Push, StatBlob, Uploads
from havre.replication import OpenAddresses
from havre.scanning.change_scanners import ChangeScanners
from havre.scanning.errors import ImportRefused
from havre.scanning.exports import EXPORT_KIND, Exports
from havre.scanning.external_scan import Addresses, ExternalScan
from havre.scanning.fetch_advisories import FetchAdvisories
from havre.scanning.findings import Report, report_of
from havre.scanning.layers import Layers
from havre.scanning.ports import DatabaseState
from havre.scanning.record import Inventory, LayerRecord, merge
from havre.scanning.rematch import Rematch
from havre.scanning.run_sbom import SBOM_KIND, Deposit, RunSbom
from havre.scanning.run_scan import KIND, RunScan
from havre.scanning.sboms import Sboms
from havre.scanning.scan_all import ALL_KIND, PlanScans, ScanAll
from havre.scanning.scanners import Scanners
from havre.scanning.scans import Scans
from havre.scanning.security_hub import SecurityHub
from havre.scanning.settings import is_source
from havre.scanning.write_export import WriteExport
from havre.settings import Settings

_FORGET_EVERY_S: Final = 3600
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


@dataclass(frozen=True, slots=True)
class Scanning:
    """What the use cases of scanning stand on."""

    database: Database
    access: Access
    clock: Clock
    pull: Pull
    vault: KeyWrapper
    reach: Reach


def scan_parts(under: Scanning) -> ScanParts:
    """Wire the use cases of scanning."""
    database, access, clock = under.database, under.access, under.clock
    client = HttpScanners(Outgoing(under.reach))
    return ScanParts(
        Scans(database, access, clock, under.pull),
        Sboms(database, access, clock, under.pull),
        ScanAll(database, clock),
        SecurityHub(database),
        Scanners(database, access, under.vault, client, clock, __version__),
        ChangeScanners(database, access, under.vault, client, clock),
        Exports(database, access, clock),
    )


def scan_kinds(ground: Ground) -> Sequence[Kind]:
    """Wire the jobs of scans."""
    pull = Pull(ground.database, ground.blobs, ground.access, ground.journal)
    path = _directory(ground.settings) / DATABASE
    layers = Layers(ground.database, ground.clock, pull, _read_layer)
    run = RunScan(
        ground.database,
        ground.clock,
        layers,
        lambda: open_database(path),
        _external_scan(ground),
    )
    export = WriteExport(ground.database, ground.clock)
    plan = PlanScans(ground.database, ground.clock)
    return [
        Kind(KIND, run.run, at_most=_AT_ONCE),
        Kind(
            SBOM_KIND, RunSbom(ground.database, ground.clock, layers, _deposit(ground)).run, at_most=_AT_ONCE
        ),
        Kind(ALL_KIND, plan.run, at_most=1),
        Kind(EXPORT_KIND, export.run, at_most=1),
    ]


def _deposit(ground: Ground) -> Deposit:
    database, blobs, access, clock = ground.database, ground.blobs, ground.access, ground.clock
    settings, gates = ground.settings.registry, ground.gates
    uploads = Uploads(database, blobs, access, clock, settings, gates.quota)
    return Deposit(
        StatBlob(database, access, clock, settings),
        uploads,
        Finish(database, blobs, access, clock, settings, uploads),
        Push(database, Describe(database, blobs), access, clock, settings, gates),
    )


def _external_scan(ground: Ground) -> ExternalScan:
    settings = ground.settings
    rules = access_rules(ground.configuration)
    tokens = Tokens(ground.database, ground.vault, ground.clock, settings.access, rules)
    passes = ScannerPasses(ground.database, tokens, ground.clock)
    client = HttpScanners(Outgoing(settings.reach))  # a scanner is often beside us
    return ExternalScan(ground.database, ground.vault, client, passes, _addresses(settings))


def _addresses(settings: Settings) -> Addresses:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - compared
    scheme = "https" if settings.tls_cert else "http"
    internal = f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"
    return Addresses(settings.external_url or internal, internal)


def scan_schedules(ground: Ground) -> Sequence[Schedule]:
    """Wire what holds everything against advisories that were imported meanwhile."""
    path = _directory(ground.settings) / DATABASE
    rematch = Rematch(ground.database, lambda: open_database(path))
    export = WriteExport(ground.database, ground.clock)
    settings = ground.settings.scanning
    fetching = [Schedule("scanning.fetch", settings.fetch_every_s, fetch_advisories(ground).run)]
    return [
        *(fetching if settings.source_list else ()),
        Schedule("scanning.rematch", ground.settings.scanning.rematch_every_s, rematch.run),
        Schedule("scanning.forget_exports", _FORGET_EVERY_S, export.forget),
    ]


def fetch_advisories(ground: Ground) -> FetchAdvisories:
    """Wire what fetches the sources that the settings name."""
    directory = _directory(ground.settings)
    return FetchAdvisories(
        ground.database,
        open_fetcher(ground),
        ImportAside(directory),
        ground.settings.scanning.source_list,
    )


def fetch_configured(settings: Settings) -> str:
    """Fetch what the settings name, on the command line; tells how it ended.

    Raises: StartRefused, ImportRefused when a source or the import was refused.
    """
    if not settings.scanning.source_list:
        raise ImportRefused("scanning.sources names no source: see docs/scan.md")

    async def run() -> str:
        ground = lay_ground(settings, unlock(settings))
        try:
            return await fetch_advisories(ground).run()
        finally:
            await ground.database.close()

    return asyncio.run(run())


def fetch_all(settings: Settings, words: Sequence[str]) -> list[Path]:
    """Fetch those of some words that are no paths, and give the paths of all.

    Raises: SourceUnreadable, StartRefused.
    """
    if not any(map(is_source, words)):
        return [Path(word) for word in words]

    async def run() -> list[Path]:
        ground = lay_ground(settings, unlock(settings))
        try:
            fetcher = open_fetcher(ground)
            return [(await fetcher.fetch(one))[0] if is_source(one) else Path(one) for one in words]
        finally:
            await ground.database.close()

    return asyncio.run(run())


def open_fetcher(ground: Ground) -> Fetcher:
    """Wire what fetches one."""
    openers = RemoteOpener(ground.remote_reach, ground.clock)
    registries = OpenAddresses(ground.database, ground.vault, openers)
    return Fetcher(Outgoing(ground.remote_reach), registries, _directory(ground.settings) / "sources")


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
