"""Registry addresses that point inside are refused wherever one may be given, unless a setting opens them."""

import httpx
import pytest

from replication.conftest import MakeSite
from replication.site import Site

_INSIDE = (
    *("http://127.0.0.1:{port}", "http://localhost:{port}", "http://[::1]:{port}", "http://127.1:{port}"),
    *("http://2130706433:{port}", "http://[::ffff:127.0.0.1]:{port}", "http://0.0.0.0:{port}"),
    *("http://169.254.169.254", "http://169.254.1.1", "http://[fe80::1]", "http://[fd00:ec2::254]"),
    *("http://100.100.100.200", "http://[::ffff:169.254.169.254]", "http://127.0.0.2:{port}"),
)


@pytest.fixture
def closed(site: MakeSite) -> Site:
    """An instance as it comes: no operator has opened anything."""
    return site("closed", HAVRE_OUTGOING_ALLOW="")


def _asks(site: Site, method: str, path: str, url: str) -> httpx.Response:
    body = {"name": "inside", "type": "docker-registry", "url": url}
    return site.http.request(method, f"/api/v2.0{path}", json=body)


def test_no_operation_takes_an_address_inside(closed: Site) -> None:
    port = httpx.URL(closed.url).port
    for template in _INSIDE:
        url = template.format(port=port)
        for path in ("/registries", "/registries/ping"):
            answer = _asks(closed, "POST", path, url)
            assert answer.status_code == 400, (path, url, answer.text)
            said = answer.json()["errors"][0]["message"]
            assert "unhealthy" in said, said
            assert "HAVRE_OUTGOING_ALLOW" in said or "metadata" in said or "may be asked" in said, (url, said)
    assert closed.api("GET", "/registries").json() == []


def test_a_setting_opens_a_network_and_nothing_beside_it(site: MakeSite) -> None:
    here = site("here", HAVRE_OUTGOING_ALLOW="127.0.0.1/32")
    port = httpx.URL(here.url).port

    opened = here.create(
        "/registries", {"name": "self", "type": "docker-registry", "url": f"http://127.0.0.1:{port}"}
    )

    moved = here.http.put(f"/api/v2.0/registries/{opened}", json={"url": f"http://127.0.0.2:{port}"})
    assert moved.status_code == 400
    assert "HAVRE_OUTGOING_ALLOW" in moved.json()["errors"][0]["message"]
    assert here.api("GET", f"/registries/{opened}").json()["url"] == f"http://127.0.0.1:{port}"
