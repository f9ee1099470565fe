"""The use cases of immutable tag rules."""

from havre.access import Access
from havre.edge.api.immutable_parts import ImmutableParts
from havre.kernel.clock import Clock
from havre.kernel.work import Database
from havre.retention import ChangeImmutableRules, ImmutableRules


def immutable_parts(database: Database, access: Access, clock: Clock) -> ImmutableParts:
    """Wire them."""
    return ImmutableParts(ImmutableRules(database, access), ChangeImmutableRules(database, access, clock))
