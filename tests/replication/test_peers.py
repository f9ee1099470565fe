"""To and from registries of another make: distribution with Basic and with tokens, and crane's."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from kit.peers import Peer, crane_registry, distribution
from replication.conftest import MakeSite
from replication.site import Site

_FILTERS = [{"type": "name", "value": "lib/**"}]
_PEERS: dict[str, Callable[[Path], AbstractContextManager[Peer]]] = {
    "basic": distribution,
    "token": partial(distribution, tokens=True),
    "crane": crane_registry,
}


@pytest.fixture(params=_PEERS)
def peer(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """One of another make."""
    with _PEERS[request.param](tmp_path / "peer") as found:
        site = Site(found.url, account=found.account)
        yield site
        site.http.close()


@pytest.fixture
def here(site: MakeSite) -> Site:
    """An instance with the project `lib`."""
    made = site("here")
    made.api("POST", "/projects", {"project_name": "lib"})
    return made


def test_images_go_there_with_their_signatures_and_come_back(here: Site, peer: Site) -> None:
    layer = os.urandom(6_000_000)
    image = here.push_image("lib/app", "v1", [layer, b"small"])
    index, children = here.push_index("lib/multi", "latest", [b"one", b"two", layer])
    signature = here.sign("lib/app", image)
    registry = here.add_registry(peer, "docker-registry")

    here.run(here.push_rule(registry, filters=_FILTERS))
    back = here.pull_rule(registry, filters=_FILTERS, dest_namespace="back", dest_namespace_replace_count=1)
    here.run(back)

    assert peer.digest("lib/app", "v1") == image
    assert peer.pull("lib/app", "v1") == [layer, b"small"]
    assert [peer.digest("lib/multi", one) for one in (index, *children)] == [index, *children]
    assert here.digest("back/app", "v1") == image
    assert here.digest("back/multi", "latest") == index
    assert here.referrers("back/app", image) == [signature]


def test_what_goes_here_goes_there(here: Site, peer: Site) -> None:
    for tag in ("gone", "kept"):
        here.push_image("lib/app", tag, [tag.encode()])
    rule = here.push_rule(
        here.add_registry(peer, "docker-registry"), filters=_FILTERS, replicate_deletion=True
    )
    here.run(rule)
    here.delete("lib/app", "gone")

    here.run(rule)

    assert peer.digest("lib/app", "gone") is None
    assert peer.digest("lib/app", "kept") is not None


@pytest.mark.parametrize("peer", ["basic", "token"], indirect=True)  # crane's asks nobody who they are
def test_a_wrong_account_is_refused_before_it_is_kept(here: Site, peer: Site) -> None:
    account = {"type": "basic", "access_key": peer.account[0], "access_secret": "wrong"}
    body = {"name": "peer", "type": "docker-registry", "url": peer.url, "credential": account}

    answer = here.api("POST", "/registries", body, status=400)

    assert "account" in answer.json()["errors"][0]["message"]
