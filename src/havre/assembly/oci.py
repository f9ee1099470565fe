"""The use cases behind /v2."""

from havre.access import Refusals
from havre.assembly.ground import Ground
from havre.edge.identity import Identity
from havre.edge.oci import OciParts
from havre.registry import (
    Catalog,
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
from havre.system import ReadOnlyMode


def oci_parts(ground: Ground, identity: Identity) -> OciParts:
    """Wire the use cases of /v2."""
    database, access, clock = ground.database, ground.access, ground.clock
    limits = ground.settings.registry
    uploads = Uploads(database, ground.blobs, access, clock, limits, ground.gates.quota)
    return OciParts(
        identity=identity,
        pull=Pull(database, ground.blobs, access, ground.journal),
        stat_blob=StatBlob(database, access, clock, limits),
        push=Push(database, Describe(database, ground.blobs), access, clock, limits, ground.gates),
        uploads=uploads,
        finish=Finish(database, ground.blobs, access, clock, limits, uploads),
        mount=Mount(database, access, clock, limits, ground.gates.quota),
        tags=Tags(database, access),
        catalog=Catalog(database, access),
        referrers=Referrers(database, access),
        delete=Delete(database, access, clock, limits, ground.gates.tags),
        refusals=Refusals(database, access),
        read_only=ReadOnlyMode(ground.configuration),
        external_url=ground.settings.external_url,
    )
