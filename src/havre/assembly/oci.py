"""The use cases behind /v2."""

from havre.access import Refusals
from havre.assembly.ground import Ground
from havre.assembly.signing import signed_parts
from havre.edge.identity import Identity
from havre.edge.oci import OciParts
from havre.registry import (
    Catalog,
    Census,
    Delete,
    Describe,
    Finish,
    Mount,
    Pull,
    Push,
    Referrers,
    StatBlob,
    Tags,
    Uploads,
)
from havre.replication import (
    Mirrors,
    Proxies,
    PullThrough,
    ReferrersThrough,
    StatThrough,
    TagsThrough,
    Upstream,
)
from havre.retention import compile_regex
from havre.scanning.pull_gate import PullGate
from havre.scanning.pull_policies import PullPolicies
from havre.signing import SignedGate
from havre.system import OwnId, ReadOnlyMode


def oci_parts(ground: Ground, identity: Identity, upstream: Upstream) -> OciParts:
    """Wire the use cases of /v2."""
    database, access, clock = ground.database, ground.access, ground.clock
    limits = ground.settings.registry
    proxies = Proxies(database, compile_regex)
    pull = Pull(database, ground.blobs, access, ground.journal)
    mirror = ground.settings.replication.mirror
    uploads = Uploads(database, ground.blobs, access, clock, limits, ground.gates.quota)
    return OciParts(
        identity=identity,
        pull=_gated(ground, pull, PullThrough(pull, access, proxies, upstream)),
        stat_blob=StatThrough(StatBlob(database, access, clock, limits), proxies, upstream),
        push=Push(database, Describe(database, ground.blobs), access, clock, limits, ground.gates),
        uploads=uploads,
        finish=Finish(database, ground.blobs, access, clock, limits, uploads),
        mount=Mount(database, access, clock, limits, ground.gates.quota),
        tags=TagsThrough(Tags(database, access), access, proxies, upstream),
        catalog=Catalog(database, access),
        referrers=ReferrersThrough(Referrers(database, access), proxies, upstream),
        delete=Delete(database, access, clock, limits, ground.gates.tags),
        refusals=Refusals(database, access),
        read_only=ReadOnlyMode(ground.configuration),
        own_id=OwnId(database),
        external_url=ground.settings.external_url,
        mirrors=Mirrors(proxies, Census(database), mirror),
        is_mirror=mirror is not None,
    )


def _gated(ground: Ground, pull: Pull, pulls: PullThrough) -> SignedGate:
    """Put before pulls what projects say of dangerous images, and of unsigned ones."""
    policies = PullPolicies(ground.database, ground.clock)
    refuses_unscanned = ground.settings.scanning.refuse_unscanned
    safe = PullGate(pulls, ground.database, policies, ground.journal, refuses_unscanned=refuses_unscanned)
    return SignedGate(safe, signed_parts(ground, pull))
