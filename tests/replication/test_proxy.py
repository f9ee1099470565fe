"""Projects in front of another registry: streamed and stored in one go, once for many, stale on errors."""

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from kit.server import ADMIN_PASSWORD
from kit.upstream import Upstream, digest_of, staged
from replication.conftest import MakeSite
from replication.site import Site, until

_ACCEPT = {"Accept": "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """The other registry."""
    with staged() as found:
        yield found


def _front(
    site: MakeSite, upstream: Upstream, metadata: dict[str, str] | None = None, **environment: str
) -> Site:
    """An instance with the public project `hub` in front of it."""
    made = site("here", **environment)
    other = Site(upstream.url, account=("", ""))
    registry = made.add_registry(other, "docker-registry")
    other.http.close()
    body = {
        "project_name": "hub",
        "registry_id": registry,
        "metadata": {"public": "true", **(metadata or {})},
    }
    made.api("POST", "/projects", body)
    return made


def _get(site: Site, path: str, **headers: str) -> httpx.Response:
    return site.http.get(f"/v2/hub/{path}", headers={**_ACCEPT, **headers})


def test_the_first_pull_brings_the_second_needs_nobody(site: MakeSite, upstream: Upstream) -> None:
    layers = [os.urandom(3_000_000), b"small"]
    image = upstream.image("lib/app", "v1", *layers)
    index = upstream.index("lib/app", "multi", image)
    here = _front(site, upstream)

    assert here.pull("hub/lib/app", "v1") == layers
    until(lambda: all(_stored(here, digest_of(layer)) for layer in layers))
    before = upstream.asked.total()
    assert here.pull("hub/lib/app", "v1") == layers

    assert upstream.asked.total() == before
    assert upstream.times("^GET /v2/lib/app/manifests/") == 1
    assert _get(here, "lib/app/manifests/multi").headers["docker-content-digest"] == index
    project = here.api("GET", "/projects/hub").json()
    assert project["registry_id"] == 1
    here.api("DELETE", "/registries/1", status=412)


def _stored(site: Site, digest: str, repository: str = "lib/app") -> bool:
    """Tell whether a blob is here, by asking the browse of the API for what its manifest weighs."""
    path = f"/v2/hub/{repository}/blobs/{digest}"
    answer = site.http.get(path, headers={"Range": "bytes=0-0"})
    return answer.status_code == 206


@pytest.mark.parametrize(
    ("clients", "mib", "workers"),
    [
        (16, 24, "1"),
        (16, 24, "2"),
        pytest.param(32, 500, "1", marks=[pytest.mark.full, pytest.mark.timeout(900)]),
        pytest.param(32, 500, "2", marks=[pytest.mark.full, pytest.mark.timeout(900)]),
    ],
)
def test_many_clients_cause_one_transfer_of_each_blob(
    site: MakeSite, upstream: Upstream, clients: int, mib: int, workers: str
) -> None:
    layers = [os.urandom(1 << 20) * (mib // 4) for _ in range(4)]
    upstream.image("lib/app", "v1", *layers)
    upstream.pause_s = 0.02
    here = _front(site, upstream, HAVRE_WORKERS=workers)

    def pull(_: int) -> list[str]:
        client = Site(here.url)
        try:
            answer = client.http.get("/v2/hub/lib/app/manifests/v1", headers=_ACCEPT)
            return [_streamed(client, layer["digest"]) for layer in answer.json()["layers"]]
        finally:
            client.http.close()

    with ThreadPoolExecutor(clients) as pool:
        pulled = list(pool.map(pull, range(clients)))

    digests = [digest_of(layer) for layer in layers]
    assert pulled == [digests] * clients
    for digest in digests:
        assert upstream.times(f"^GET /v2/lib/app/blobs/{digest}") == 1
    assert upstream.times("^GET /v2/lib/app/manifests/") <= int(workers)


def _streamed(client: Site, digest: str) -> str:
    """Pull a blob and name what came."""
    hashed = hashlib.sha256()
    with client.http.stream("GET", f"/v2/hub/lib/app/blobs/{digest}") as answer:
        for piece in answer.iter_raw():
            hashed.update(piece)
    return f"sha256:{hashed.hexdigest()}"


def test_bytes_reach_the_client_while_they_come(site: MakeSite, upstream: Upstream) -> None:
    layer = os.urandom(1 << 20) * 8
    upstream.image("lib/app", "v1", layer)
    here = _front(site, upstream)
    _get(here, "lib/app/manifests/v1")
    upstream.pause_s = 0.3

    started = time.monotonic()
    with here.http.stream("GET", f"/v2/hub/lib/app/blobs/{digest_of(layer)}") as answer:
        pieces = answer.iter_bytes(1024)
        first = next(pieces)
        first_s = time.monotonic() - started
        rest = b"".join(pieces)

    assert first_s < 1.5 < time.monotonic() - started
    assert first + rest == layer


def test_a_client_that_leaves_stops_nothing(site: MakeSite, upstream: Upstream) -> None:
    layer = os.urandom(1 << 20) * 6
    upstream.image("lib/app", "v1", layer)
    upstream.pause_s = 0.1
    here = _front(site, upstream)
    _get(here, "lib/app/manifests/v1")

    with here.http.stream("GET", f"/v2/hub/lib/app/blobs/{digest_of(layer)}") as answer:
        next(answer.iter_bytes(1024))
    upstream.pause_s = 0
    until(lambda: upstream.times("^GET .*/blobs/") >= 1)
    until(lambda: here.pull("hub/lib/app", "v1") == [layer])

    assert upstream.times(f"^GET /v2/lib/app/blobs/{digest_of(layer)}") == 1


def test_a_transfer_that_breaks_off_goes_on_and_the_client_sees_nothing_of_it(
    site: MakeSite, upstream: Upstream
) -> None:
    layer = os.urandom(1 << 20) * 8
    upstream.image("lib/app", "v1", layer)
    here = _front(site, upstream)
    _get(here, "lib/app/manifests/v1")
    upstream.breaks_at = 3 << 20

    assert here.pull("hub/lib/app", "v1") == [layer]


def test_cached_tags_pull_while_the_other_is_down_or_busy(site: MakeSite, upstream: Upstream) -> None:
    upstream.image("lib/app", "v1", b"layer")
    here = _front(site, upstream, HAVRE_REPLICATION_FRESH_S="0")
    here.pull("hub/lib/app", "v1")
    until(lambda: _stored(here, digest_of(b"layer")))

    for fault, retry_after in ((500, ""), (429, "30")):
        upstream.fault, upstream.retry_after = fault, retry_after
        assert here.pull("hub/lib/app", "v1") == [b"layer"]
        missing = _get(here, "lib/app/manifests/v2")
        assert missing.status_code in (429, 502)
    asked = upstream.asked.total()
    assert here.pull("hub/lib/app", "v1") == [b"layer"]
    assert upstream.asked.total() == asked  # it asked for patience
    assert missing.headers["retry-after"]


def test_a_tag_is_served_within_the_window_and_compared_after_it(site: MakeSite, upstream: Upstream) -> None:
    first = upstream.image("lib/app", "v1", b"first")
    here = _front(site, upstream, HAVRE_REPLICATION_FRESH_S="2")
    assert here.digest("hub/lib/app", "v1") == first
    second = upstream.image("lib/app", "v1", b"second")

    assert here.digest("hub/lib/app", "v1") == first
    until(lambda: here.digest("hub/lib/app", "v1") == second)
    assert here.pull("hub/lib/app", "v1") == [b"second"]


def test_what_is_gone_there_is_gone_unless_the_project_keeps_it(site: MakeSite, upstream: Upstream) -> None:
    upstream.image("lib/app", "v1", b"layer")
    here = _front(site, upstream, HAVRE_REPLICATION_FRESH_S="0")
    here.pull("hub/lib/app", "v1")
    upstream.manifests.pop(("lib/app", "v1"))

    assert _get(here, "lib/app/manifests/v1").status_code == 404
    here.api("PUT", "/projects/hub", {"metadata": {"proxy_cache_local_on_not_found": "true"}})
    until(lambda: here.digest("hub/lib/app", "v1") is not None)


def test_wrong_bytes_are_neither_kept_nor_given_whole(site: MakeSite, upstream: Upstream) -> None:
    layer = os.urandom(2_000_000)
    image = upstream.image("lib/app", "v1", layer)
    other = upstream.image("lib/other", "v1", b"x")
    here = _front(site, upstream)
    upstream.lies |= {digest_of(layer), other}
    assert here.digest("hub/lib/app", "v1") == image

    with pytest.raises(httpx.HTTPError):  # it breaks off before the end
        here.http.get(f"/v2/hub/lib/app/blobs/{digest_of(layer)}")
    lied = _get(here, "lib/other/manifests/v1")
    upstream.lies.clear()

    assert lied.status_code == 502
    assert here.pull("hub/lib/app", "v1") == [layer]


def test_nobody_pushes_or_tags_there(site: MakeSite, upstream: Upstream) -> None:
    upstream.image("lib/app", "v1", b"layer")
    here = _front(site, upstream)
    here.pull("hub/lib/app", "v1")

    opened = here.http.post("/v2/hub/lib/app/blobs/uploads/")
    tagged = here.api(
        "POST", "/projects/hub/repositories/lib%252Fapp/artifacts/v1/tags", {"name": "x"}, status=405
    )

    assert opened.status_code == 405
    assert "proxy cache" in opened.text
    assert "proxy cache" in tagged.text


def test_a_filter_lets_only_some_names_through(site: MakeSite, upstream: Upstream) -> None:
    upstream.image("lib/app", "v1", b"layer")
    upstream.image("other/app", "v1", b"layer")
    here = _front(
        site, upstream, {"proxy_cache_filter_pattern": "lib/**", "proxy_cache_filter_kind": "doublestar"}
    )

    assert _get(here, "lib/app/manifests/v1").status_code == 200
    refused = _get(here, "other/app/manifests/v1")
    assert refused.status_code == 404
    assert "lib/**" in refused.text
    assert upstream.times("other/app") == 0


def test_tags_and_referrers_of_there_are_listed(site: MakeSite, upstream: Upstream) -> None:
    image = upstream.image("lib/app", "v1", b"layer")
    upstream.image("lib/app", "v2", b"layer")
    subject = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": image, "size": 1}
    more: dict[str, object] = {"subject": subject, "artifactType": "application/example"}
    signature = upstream.image("lib/app", None, b"signature", more=more)
    here = _front(site, upstream, {"proxy_referrer_api": "true"})
    here.pull("hub/lib/app", "v1")

    assert _get(here, "lib/app/tags/list").json()["tags"] == ["v1", "v2"]
    assert _get(here, "lib/app/tags/list?n=1").json()["tags"] == ["v1"]
    assert here.referrers("hub/lib/app", image) == [signature]
    assert here.pull("hub/lib/app", signature) == [b"signature"]
    assert here.referrers("hub/lib/app", image) == [signature]


def test_a_mirror_is_asked_as_containerd_and_docker_do(site: MakeSite, upstream: Upstream) -> None:
    upstream.image("lib/app", "v1", b"layer")
    here = _front(site, upstream, HAVRE_REPLICATION_MIRROR="hub")
    host = upstream.url.partition("://")[2]
    library = here.push_image("library/own", "v1", [b"own"])

    by_namespace = here.http.get(f"/v2/lib/app/manifests/v1?ns={host}", headers=_ACCEPT)
    by_setting = here.http.get("/v2/lib/app/manifests/v1", headers=_ACCEPT)
    challenged = httpx.get(f"{here.url}/v2/lib/app/manifests/v1?ns={host}", headers=_ACCEPT)

    assert by_namespace.status_code == by_setting.status_code == 200
    assert 'scope="repository:hub/lib/app:pull"' in challenged.headers["www-authenticate"]
    assert here.digest("library/own", "v1") == library


def test_a_connection_limit_and_a_bandwidth_hold(site: MakeSite, upstream: Upstream) -> None:
    layer = os.urandom(1 << 20) * 3
    upstream.image("lib/app", "v1", layer)
    here = _front(site, upstream, {"proxy_speed_kb": "1024", "max_upstream_conn": "2"})

    started = time.monotonic()
    assert here.pull("hub/lib/app", "v1") == [layer]
    assert time.monotonic() - started > 0.9 * len(layer) / (1024 * 1024) - 1


def test_rights_of_the_project_hold_for_what_is_not_here_yet(site: MakeSite, upstream: Upstream) -> None:
    image = upstream.image("lib/app", "v1", b"layer")
    here = _front(site, upstream, {"public": "false"})
    assert here.server is not None
    here.server.api.create_user("stranger", ADMIN_PASSWORD)

    with httpx.Client(base_url=here.url, auth=("stranger", ADMIN_PASSWORD)) as stranger:
        answers = [
            stranger.get(f"/v2/hub/lib/app/{path}").status_code
            for path in ("manifests/v1", f"manifests/{image}", f"blobs/{digest_of(b'layer')}", "tags/list")
        ]

    assert answers == [403] * 4
    assert upstream.times("/v2/lib/app") == 0


def test_only_administrators_put_a_project_in_front_of_a_registry_that_is_there(
    site: MakeSite, upstream: Upstream
) -> None:
    here = _front(site, upstream)
    assert here.server is not None
    here.server.api.create_user("stranger", ADMIN_PASSWORD)
    body = {"project_name": "more", "registry_id": 1}

    with httpx.Client(base_url=here.url, auth=("stranger", ADMIN_PASSWORD)) as stranger:
        refused = stranger.post("/api/v2.0/projects", json=body)
    missing = here.api("POST", "/projects", {**body, "registry_id": 99}, status=400)

    assert refused.status_code == 403
    assert "registry 99 not found" in missing.text
