"""Signing: the use cases behind Notary's paths, and its upkeep."""

from collections.abc import Sequence

from havre.access import Refusals
from havre.assembly.ground import Ground
from havre.edge.identity import Identity
from havre.edge.oci import TrustParts
from havre.jobs import Schedule
from havre.signing import (
    Changefeed,
    DeleteTrust,
    Publish,
    ReadMetadata,
    RefreshMetadata,
    ServerKeys,
)
from havre.system import ReadOnlyMode


def trust_parts(ground: Ground, identity: Identity) -> TrustParts:
    """Wire the use cases of Notary."""
    database, access, vault, clock = ground.database, ground.access, ground.vault, ground.clock
    return TrustParts(
        identity=identity,
        publish=Publish(database, access, vault, clock, ground.settings.signing),
        read=ReadMetadata(database, access, clock, RefreshMetadata(database, vault, clock)),
        keys=ServerKeys(database, access, vault, clock),
        delete=DeleteTrust(database, access, clock),
        changes=Changefeed(database, access),
        refusals=Refusals(database, access),
        read_only=ReadOnlyMode(ground.configuration),
        external_url=ground.settings.external_url,
    )


def signing_schedules(ground: Ground) -> Sequence[Schedule]:
    """List what signing does at fixed intervals."""
    refresh = RefreshMetadata(ground.database, ground.vault, ground.clock)
    return [Schedule("signing.refresh", ground.settings.signing.refresh_every_s, refresh.run)]
