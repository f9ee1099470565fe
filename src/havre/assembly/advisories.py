"""Fetching advisories: what asks other systems for them."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from havre.adapters.advisories.aside import ImportAside
from havre.adapters.advisories.fetching import Fetcher
from havre.adapters.outgoing import Outgoing
from havre.adapters.remotes.opener import RemoteOpener
from havre.assembly.ground import Ground, lay_ground, unlock
from havre.assembly.local_scans import directory_of
from havre.replication import OpenAddresses
from havre.scanning.errors import ImportRefused
from havre.scanning.fetch_advisories import FetchAdvisories
from havre.scanning.settings import is_source
from havre.settings import Settings


def fetch_advisories(ground: Ground) -> FetchAdvisories:
    """Wire what fetches the sources that the settings name."""
    directory = directory_of(ground.settings)
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
    return Fetcher(Outgoing(ground.remote_reach), registries, directory_of(ground.settings) / "sources")
