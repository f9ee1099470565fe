"""Scanning: the use cases of its operations, its jobs and its upkeep."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from havre import __version__
from havre.access import Access, ScannerPasses, Tokens
from havre.access.ports import KeyWrapper
from havre.adapters.advisories.database import open_database
from havre.adapters.advisories.schema import DATABASE
from havre.adapters.layers.sandbox import LayerFile, analyse_file
from havre.adapters.outgoing import Outgoing
from havre.adapters.scanners import HttpScanners
from havre.assembly.advisories import fetch_advisories
from havre.assembly.ground import Ground
from havre.assembly.local_scans import directory_of
from havre.assembly.rules import access_rules
from havre.edge.api.scan_parts import ScanParts
from havre.jobs import Kind, Schedule
from havre.kernel.addresses import Reach
from havre.kernel.clock import Clock
from havre.kernel.work import Database
from havre.registry import Describe, Finish, Pull, Push, StatBlob, Uploads
from havre.scanning.change_scanners import ChangeScanners
from havre.scanning.exports import EXPORT_KIND, Exports
from havre.scanning.external_scan import Addresses, ExternalScan
from havre.scanning.layers import Layers
from havre.scanning.record import LayerRecord
from havre.scanning.rematch import Rematch
from havre.scanning.run_sbom import SBOM_KIND, Deposit, RunSbom
from havre.scanning.run_scan import KIND, RunScan
from havre.scanning.sboms import Sboms
from havre.scanning.scan_all import ALL_KIND, PlanScans, ScanAll
from havre.scanning.scanners import Scanners
from havre.scanning.scans import Scans
from havre.scanning.security_hub import SecurityHub
from havre.scanning.write_export import WriteExport
from havre.settings import Settings

_FORGET_EVERY_S: Final = 3600
_AT_ONCE: Final = 2  # images, over all processes: each reads its layers in a process of its own


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
    path = directory_of(ground.settings) / DATABASE
    layers = Layers(ground.database, ground.clock, pull, _read_layer, os.cpu_count() or 1)
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
    path = directory_of(ground.settings) / DATABASE
    rematch = Rematch(ground.database, lambda: open_database(path))
    export = WriteExport(ground.database, ground.clock)
    settings = ground.settings.scanning
    schedules = [
        Schedule("scanning.rematch", settings.rematch_every_s, rematch.run),
        Schedule("scanning.forget_exports", _FORGET_EVERY_S, export.forget),
    ]
    if settings.source_list:
        schedules.append(Schedule("scanning.fetch", settings.fetch_every_s, fetch_advisories(ground).run))
    return schedules


def _read_layer(path: str, size: int) -> LayerRecord:
    return analyse_file(LayerFile(Path(path), 0, size))
