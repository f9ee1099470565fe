"""Signing: the use cases behind Notary's paths, and its upkeep."""

from collections.abc import Sequence

from havre.access import Access, Refusals
from havre.assembly.ground import Ground
from havre.edge.api.trust_parts import TrustPolicyParts
from havre.edge.identity import Identity
from havre.edge.oci import TrustParts
from havre.jobs import Schedule
from havre.kernel.clock import Clock
from havre.kernel.work import Database
from havre.registry import Pull
from havre.signing import (
    Changefeed,
    DeleteTrust,
    Judge,
    Publish,
    ReadMetadata,
    RefreshMetadata,
    ServerKeys,
    ShowTrust,
    SignedParts,
    TrustPolicies,
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


def signed_parts(ground: Ground, pull: Pull) -> SignedParts:
    """Wire what is asked before a pull."""
    return SignedParts(
        database=ground.database,
        access=ground.access,
        judge=Judge(ground.database, pull, ground.clock),
        journal=ground.journal,
        clock=ground.clock,
    )


def trust_policy_parts(database: Database, access: Access, clock: Clock, pull: Pull) -> TrustPolicyParts:
    """Wire the use cases of trust policies."""
    judge = Judge(database, pull, clock)
    return TrustPolicyParts(TrustPolicies(database, access, clock), ShowTrust(database, access, pull, judge))


def signing_schedules(ground: Ground) -> Sequence[Schedule]:
    """List what signing does at fixed intervals."""
    refresh = RefreshMetadata(ground.database, ground.vault, ground.clock)
    return [Schedule("signing.refresh", ground.settings.signing.refresh_every_s, refresh.run)]
