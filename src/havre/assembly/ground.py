"""What everything else stands on: clock, journal, database, bytes, keys, rights."""

from dataclasses import dataclass, replace
from typing import Final

from havre.access import Access
from havre.adapters.blobs.filesystem import FilesystemBlobStore
from havre.adapters.database.open import open_database
from havre.adapters.vault import Vault, open_vault
from havre.assembly.rules import left_out_events
from havre.audit import AuditJournal, OnEvent, OnFlush
from havre.kernel.addresses import Reach
from havre.kernel.clock import SystemClock
from havre.kernel.errors import StartRefused
from havre.kernel.traffic import Traffic
from havre.kernel.work import Database
from havre.registry import CountPulls, Gates, Quota
from havre.registry.events import ManifestPushed, RepositoryDeleted
from havre.replication import HEARD, ReplicateOnEvents
from havre.retention import ImmutableTags
from havre.scanning.sboms import SbomOnPush
from havre.scanning.scans import ScanOnPush
from havre.settings import Settings
from havre.signing import ForgetTrust
from havre.system import Configuration, fixed_values

KEY_FILE: Final = "master.key"


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything else stands on."""

    settings: Settings
    clock: SystemClock
    journal: AuditJournal
    database: Database
    blobs: FilesystemBlobStore
    vault: Vault
    access: Access
    configuration: Configuration
    gates: Gates
    traffic: Traffic

    @property
    def remote_reach(self) -> Reach:
        """Where other registries may be: not in this machine unless the operator allowed it."""
        return replace(self.settings.reach, loopback=False)


def has_key(settings: Settings) -> bool:
    """Tell whether a master key is given or lies in the data directory."""
    return settings.master_key is not None or (settings.data / KEY_FILE).exists()


def has_data(settings: Settings) -> bool:
    """Tell whether the data directory holds more than keys."""
    return any((settings.data / name).exists() for name in ("havre.db", "blobs"))


def unlock(settings: Settings, *, is_new: bool = False) -> Vault:
    """Open the vault with the key of this data directory, made now where there is neither key nor data.

    `is_new` tells that there was no data before this start.

    Raises: StartRefused.
    """
    path = settings.data / KEY_FILE
    if not is_new and not has_key(settings) and has_data(settings):
        raise StartRefused(
            f"the key file {path} is missing although {settings.data} holds data: "
            "put it back from the backup, or set HAVRE_MASTER_KEY to its content"
        )
    return open_vault(path, settings.master_key.reveal() if settings.master_key else None)


def lay_ground(settings: Settings, vault: Vault) -> Ground:
    """Make what everything stands on; nothing is opened yet."""
    clock = SystemClock()
    fixed = fixed_values(settings.config_overwrite_json)
    listeners: list[OnFlush] = []
    # The journal is the database's, and asks the configuration, which is the database's too.
    follow = ReplicateOnEvents(clock)
    subscriptions: dict[str, list[OnEvent]] = {name: [follow] for name in HEARD}
    subscriptions[RepositoryDeleted.name] += [ForgetTrust(clock)]
    subscriptions[ManifestPushed.name] += [ScanOnPush(clock), SbomOnPush(clock)]
    journal = AuditJournal(
        clock,
        on_flush=listeners,
        subscriptions=subscriptions,
        left_out=lambda: left_out_events(configuration),
    )
    database = open_database(settings.resolved_database_url, journal)
    configuration = Configuration(database, vault, fixed)
    listeners.append(CountPulls(clock, configuration))
    blobs = FilesystemBlobStore(settings.data)
    quota = Quota(database, clock, configuration)
    return Ground(
        settings,
        clock,
        journal,
        database,
        blobs,
        vault,
        Access(database),
        configuration,
        Gates(quota, ImmutableTags()),
        Traffic(),
    )
