"""The shapes of simulations, beside the contract."""

from datetime import datetime

import msgspec

from havre.edge.api.wire.retention import PolicyShape
from havre.kernel.pages import Page
from havre.retention import Simulated


class SimulationRequest(msgspec.Struct):
    """What to play through: this policy, or the project's own when there is none."""

    policy: PolicyShape | None = None


class SimulatedShape(msgspec.Struct, omit_defaults=True):
    """What would come of one tag, or one artifact without a tag; `rules` number those that keep it."""

    repository: str
    digest: str
    action: str
    reason: str
    pushed_at: datetime
    tag: str | None = None
    pulled_at: datetime | None = None
    rules: tuple[int, ...] = ()


class SimulationPage(msgspec.Struct, omit_defaults=True):
    """A page; `next` is the `after` of the one that follows. It may hold few items, or none, and go on."""

    items: list[SimulatedShape]
    next: str | None = None


def simulation_shape(page: Page[Simulated]) -> SimulationPage:
    """Show a page of a simulation."""
    return SimulationPage([simulated_shape(one) for one in page.items], page.next_after)


def simulated_shape(one: Simulated) -> SimulatedShape:
    """Show what would come of one thing."""
    return SimulatedShape(
        repository=one.repository,
        digest=one.digest,
        action="retain" if one.is_kept else "delete",
        reason=one.reason,
        pushed_at=one.pushed_at,
        tag=one.tag,
        pulled_at=one.pulled_at,
        rules=one.rules,
    )
