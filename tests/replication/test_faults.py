"""Three instances in a network: links cut in the middle of a layer, instances killed, events missed."""

import os
import time

import pytest

from kit.network import Network, Station
from replication.conftest import MakeSite
from replication.site import Site, until

_FILTERS = [{"type": "name", "value": "lib/**"}]
_EVENT = {"type": "event_based"}
_QUICK = {"HAVRE_JOBS_LEASE_S": "2"}
# MiB of the layer and MiB a second: long enough for what happens in its middle.
_SIZES = [(48, 12), pytest.param((1024, 64), marks=pytest.mark.full)]
Three = tuple[tuple[Station, Site], ...]


@pytest.fixture
def three(network: Network, site: MakeSite) -> Three:
    """Three instances; `lib` is a project of the first alone."""
    found = []
    for name in ("a", "b", "c"):
        station = network.station()
        found.append((station, site(name, station, **_QUICK)))
    found[0][1].api("POST", "/projects", {"project_name": "lib"})
    return tuple(found)


def _layer(mib: int) -> bytes:
    return os.urandom(1 << 20) * mib  # its digest is what counts, and no wire compresses it


def _begun(station: Station, mib: int) -> None:
    """Wait until a third of a layer has come over a wire."""
    before = station.received_bytes()
    until(lambda: station.received_bytes() - before > mib * (1 << 20) // 3, every_s=0.02)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize("way", ["push", "pull"])
def test_a_cut_link_that_heals_costs_no_byte_twice(three: Three, size: tuple[int, int], way: str) -> None:
    (_near, here), (far, there), _ = three
    mib, speed = size
    layer = _layer(mib)
    image = here.push_image("lib/app", "v1", [layer])
    receiver = far
    if way == "push":
        one = here
        rule = here.push_rule(here.add_registry(there), filters=_FILTERS, speed=speed * 1024)
    else:
        one = there
        rule = there.pull_rule(there.add_registry(here), filters=_FILTERS, speed=speed * 1024)

    before = receiver.received_bytes()
    run = one.start(rule)
    _begun(receiver, mib)
    far.cut()
    time.sleep(3)  # for so long nothing passes
    far.heal()
    one.wait(run, deadline_s=600)

    assert there.digest("lib/app", "v1") == image
    assert there.pull("lib/app", "v1") == [layer]
    assert receiver.received_bytes() - before < 1.15 * len(layer) + (4 << 20)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", _SIZES)
def test_a_link_cut_until_the_connection_is_given_up_goes_on_where_it_was(
    three: Three, size: tuple[int, int]
) -> None:
    (_near, here), (far, there), _ = three
    mib, speed = size
    layer = _layer(mib)
    here.push_image("lib/app", "v1", [layer])
    rule = there.pull_rule(there.add_registry(here), filters=_FILTERS, speed=speed * 1024)
    before = far.received_bytes()
    run = there.start(rule)
    _begun(far, mib)
    assert here.server is not None

    here.server.kill()  # every connection is gone, as after minutes without a link
    here.server.start()
    there.wait(run, deadline_s=600)

    assert there.pull("lib/app", "v1") == [layer]
    # TCP's heads, and what was on its way when the connection went.
    assert far.received_bytes() - before < 1.1 * len(layer) + (8 << 20)
    assert "trying again" in there.logs(run)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize("way", ["push", "pull"])
def test_an_instance_that_is_killed_goes_on_where_it_was(
    three: Three, size: tuple[int, int], way: str
) -> None:
    (_, here), (far, there), _ = three
    mib, speed = size
    layers = [_layer(mib // 2), _layer(mib // 2)]
    image = here.push_image("lib/app", "v1", layers)
    signature = here.sign("lib/app", image)
    one, other = (here, there) if way == "push" else (there, here)
    rule = (one.push_rule if way == "push" else one.pull_rule)(
        one.add_registry(other), filters=_FILTERS, speed=speed * 1024
    )
    run = one.start(rule)
    _begun(far, mib)
    assert one.server is not None

    one.server.kill()
    one.server.start()
    one.wait(run, deadline_s=600)

    assert there.digest("lib/app", "v1") == image
    assert there.pull("lib/app", "v1") == layers
    assert there.referrers("lib/app", image) == [signature]


@pytest.mark.timeout(600)
def test_missed_events_are_made_good_in_one_reconciliation(network: Network, site: MakeSite) -> None:
    stations = [network.station() for _ in range(2)]
    here = site("here", stations[0], HAVRE_REPLICATION_RECONCILE_EVERY_S="3", **_QUICK)
    there = site("there", stations[1], **_QUICK)
    here.api("POST", "/projects", {"project_name": "lib"})
    first = here.push_image("lib/gone", "v1", [b"gone"])
    rule = here.push_rule(here.add_registry(there), filters=_FILTERS, trigger=_EVENT, replicate_deletion=True)
    until(lambda: there.digest("lib/gone", "v1") == first)  # what was here before the rule
    until(lambda: [one["differing"] for one in here.states(rule)] == [0])

    stations[1].cut()
    pushed = {f"lib/app{n}": here.push_image(f"lib/app{n}", "v1", [f"{n}".encode()]) for n in range(20)}
    signature = here.sign("lib/app3", pushed["lib/app3"])
    here.delete("lib/gone", "v1")
    runs = here.api("GET", f"/replication/executions?policy_id={rule}&page_size=100").json()
    for run in runs:  # as if their patience had ended: nothing is left of the events
        here.api("PUT", f"/replication/executions/{run['id']}")
    until(
        lambda: all(
            one["status"] != "InProgress"
            for one in here.api("GET", f"/replication/executions?policy_id={rule}&page_size=100").json()
            if one["trigger"] == "event_based"
        )
    )
    stations[1].heal()

    until(lambda: all(there.digest(name, "v1") == digest for name, digest in pushed.items()), 180)
    until(lambda: there.digest("lib/gone", "v1") is None)
    until(lambda: there.referrers("lib/app3", pushed["lib/app3"]) == [signature])
    until(lambda: all(one["differing"] == 0 and one["lag_s"] == 0 for one in here.states(rule)), 60)


def test_a_chain_of_three_brings_images_to_its_end(three: Three) -> None:
    (_, a), (_, b), (_, c) = three
    for one in (b, c):
        one.api("POST", "/projects", {"project_name": "lib"})
    a.push_rule(a.add_registry(b), filters=_FILTERS, trigger=_EVENT)
    b.push_rule(b.add_registry(c), filters=_FILTERS, trigger=_EVENT)

    index, _ = a.push_index("lib/multi", "v1", [b"one", b"two"])
    signature = a.sign("lib/multi", index)

    until(lambda: c.digest("lib/multi", "v1") == index)
    until(lambda: c.referrers("lib/multi", index) == [signature])


def test_a_schedule_starts_a_rule(three: Three) -> None:
    (_, here), (_, there), _ = three
    image = here.push_image("lib/app", "v1")
    cron = {"type": "scheduled", "trigger_settings": {"cron": "*/2 * * * * *"}}
    rule = here.push_rule(here.add_registry(there), filters=_FILTERS, trigger=cron)

    until(lambda: there.digest("lib/app", "v1") == image)

    runs = here.api("GET", f"/replication/executions?policy_id={rule}&trigger=scheduled").json()
    assert runs
    here.api("DELETE", f"/registries/{1}", status=412)
