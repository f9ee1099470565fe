"""Trust policies: whose signature opens a pull, and every way to pass something else off as one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from kit.cosign import Cosign
from kit.server import ADMIN_PASSWORD, Server
from replication.site import INDEX, MANIFEST, Account, Json, Site, digest_of
from signing.signatures import (
    REPOSITORY,
    SIGNS,
    Private,
    as_bundle,
    as_tag,
    bundle_of,
    hang_layers,
    payload_of,
    pem_of,
    policy_of,
    sign_with,
    statement_of,
)

_PLACE = "/api/havre/v1/projects/team/trust-policy"
_ADMIN = ("admin", ADMIN_PASSWORD)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with Server(tmp_path / "data") as server:
        server.api.create_project("team")
        server.api.create_user("carol", "Harbour-Test-2")
        server.api.add_member("team", "carol", 5)
        yield Site(server.url, server)
        server.check()


@pytest.fixture(scope="module")
def key() -> Private:
    return ec.generate_private_key(ec.SECP256R1())


def _put(site: Site, policy: Json) -> None:
    """Give the project its policy, and wait until it is in force."""
    answer = site.http.put(_PLACE, json=policy)
    assert answer.status_code == 200, answer.text
    if policy["mode"] == "enforce":
        while _pull(site, site.push_image(REPOSITORY, "probe", [b"probe"])).status_code != 412:
            pass


def _pull(site: Site, reference: str) -> httpx.Response:
    with httpx.Client(base_url=site.url, auth=Account("carol", "Harbour-Test-2"), timeout=30) as carol:
        return carol.get(
            f"/v2/{REPOSITORY}/manifests/{reference}", headers={"Accept": f"{MANIFEST}, {INDEX}"}
        )


def _trust(site: Site, reference: str) -> Json:
    answer = site.http.get(
        f"/api/havre/v1/projects/team/repositories/app/artifacts/{reference}/trust", auth=_ADMIN
    )
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


@pytest.mark.parametrize("flags", [(), ("--new-bundle-format=false",)], ids=["bundle", "tag"])
def test_the_right_key_of_cosign_opens_and_another_does_not(
    site: Site, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    assert site.server is not None
    registry = site.server.registry
    alice = Cosign(registry, tmp_path / "alice", _ADMIN)
    mallory = Cosign(registry, tmp_path / "mallory", _ADMIN)
    digest = site.push_image(REPOSITORY, "v1")
    _put(site, policy_of(alice.public_key))
    name = f"{registry}/{REPOSITORY}"

    mallory.sign(f"{name}@{digest}", *flags)
    alice.attest(f"{name}@{digest}", *flags)
    refused = _pull(site, "v1")
    before = _trust(site, "v1")
    alice.sign(f"{name}@{digest}", *flags)

    assert refused.status_code == 412
    assert "rule release asks for 1 of signer0; nobody signed it" in refused.text
    assert (before["trusted"], before["signers"]) == (False, [])
    assert _pull(site, "v1").status_code == 200
    assert _trust(site, "v1") == {
        "digest": digest,
        "mode": "enforce",
        "trusted": True,
        "reason": "",
        "signers": ["signer0"],
    }
    told = site.api("GET", "/auditlog-exts?q=operation=judge,resource_type=artifact&page_size=50").json()
    lines = [one["operation_description"] for one in told if digest in one["resource"]]
    assert lines[0] == f"{REPOSITORY}@{digest} is trusted: signed by signer0"
    assert "is not trusted" in lines[-1]


def test_signatures_follow_a_copy(site: Site, tmp_path: Path) -> None:
    assert site.server is not None
    name = f"{site.server.registry}/{REPOSITORY}"
    alice = Cosign(site.server.registry, tmp_path / "alice", _ADMIN)
    digest = site.push_image("team/source", "v1")
    alice.sign(f"{site.server.registry}/team/source@{digest}")
    _put(site, policy_of(alice.public_key))

    site.api("POST", f"/projects/team/repositories/app/artifacts?from=team/source@{digest}")

    assert _pull(site, digest).status_code == 200
    assert digest in alice.verify(f"{name}@{digest}")


def _other(digest: str) -> str:
    return digest_of(digest.encode())


_ATOMIC = "atomic container signature"
_Forgery = Callable[[Site, Private, Private, str], object]
_FORGERIES: dict[str, _Forgery] = {
    "a bundle by another key": lambda s, _, m, d: as_bundle(s, d, bundle_of(m, statement_of(d))),
    "a bundle for another digest": lambda s, k, _, d: as_bundle(s, d, bundle_of(k, statement_of(_other(d)))),
    "a bundle around another statement": lambda s, k, _, d: as_bundle(
        s, d, bundle_of(k, statement_of(d), signed=statement_of(_other(d)))
    ),
    "an attestation": lambda s, k, _, d: as_bundle(
        s, d, bundle_of(k, statement_of(d, "https://slsa.dev/provenance/v1"))
    ),
    "an attestation that calls itself a signature": lambda s, k, _, d: as_bundle(
        s,
        d,
        bundle_of(k, statement_of(d, "https://slsa.dev/provenance/v1")),
        annotations={"dev.sigstore.bundle.predicateType": SIGNS},
    ),
    "a payload by another key": lambda s, _, m, d: as_tag(s, d, payload_of(d), sign_with(m, payload_of(d))),
    "a payload for another digest": lambda s, k, _, d: as_tag(
        s, d, payload_of(_other(d)), sign_with(k, payload_of(_other(d)))
    ),
    "a payload that was changed": lambda s, k, _, d: as_tag(
        s, d, payload_of(d), sign_with(k, payload_of(_other(d)))
    ),
    "a payload of another type": lambda s, k, _, d: as_tag(
        s,
        d,
        payload_of(d, "atomic container signature"),
        sign_with(k, payload_of(d, "atomic container signature")),
    ),
    "no signature at all": lambda s, _, __, d: as_tag(s, d, payload_of(d), b""),
    "an empty bundle": lambda s, _, __, d: as_bundle(s, d, b"{}"),
    "no JSON": lambda s, _, __, d: as_bundle(s, d, b"\x00\xff{["),
    "a bundle in a layer of another type": lambda s, k, _, d: hang_layers(
        s, d, [("application/octet-stream", bundle_of(k, statement_of(d)), {})]
    ),
}


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory, key: Private) -> Iterator[Site]:
    """An instance that trusts one key."""
    with Server(tmp_path_factory.mktemp("forged") / "data") as server:
        server.api.create_project("team")
        server.api.create_user("carol", "Harbour-Test-2")
        server.api.add_member("team", "carol", 5)
        found = Site(server.url, server)
        _put(found, policy_of(pem_of(key)))
        yield found
        server.check()


@pytest.mark.parametrize("forgery", _FORGERIES)
def test_a_forgery_opens_nothing(forged: Site, key: Private, forgery: str) -> None:
    mallory = ec.generate_private_key(ec.SECP256R1())
    digest = forged.push_image(REPOSITORY, "v1", [forgery.encode()])
    _FORGERIES[forgery](forged, key, mallory, digest)

    assert _pull(forged, "v1").status_code == 412
    assert not _trust(forged, digest)["trusted"]

    as_bundle(forged, digest, bundle_of(key, statement_of(digest)))  # the right one beside it
    assert _pull(forged, "v1").status_code == 200


@pytest.mark.parametrize("kind", ["p384", "rsa", "ed25519"])
def test_keys_of_other_kinds(site: Site, kind: str) -> None:
    made: dict[str, Callable[[], Private]] = {
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    key = made[kind]()
    digest = site.push_image(REPOSITORY, "v1")
    _put(site, policy_of(pem_of(key)))

    as_tag(site, digest, payload_of(digest), sign_with(key, payload_of(digest)))

    assert _pull(site, "v1").status_code == 200


def test_a_threshold_counts_different_signers(site: Site, key: Private) -> None:
    second = ec.generate_private_key(ec.SECP256R1())
    digest = site.push_image(REPOSITORY, "v1")
    _put(site, policy_of(pem_of(key), pem_of(second), threshold=2))

    as_bundle(site, digest, bundle_of(key, statement_of(digest)))
    as_tag(site, digest, payload_of(digest), sign_with(key, payload_of(digest)))  # the same one again
    once = _pull(site, "v1")
    as_bundle(site, digest, bundle_of(second, statement_of(digest)))

    assert once.status_code == 412
    assert "asks for 2 of signer0, signer1; signer0 signed it" in once.text
    assert _pull(site, "v1").status_code == 200


def test_a_verdict_falls_with_the_signature_the_policy_and_the_tag(site: Site, key: Private) -> None:
    digest = site.push_image(REPOSITORY, "v1")
    _put(site, policy_of(pem_of(key)))
    signature = as_bundle(site, digest, bundle_of(key, statement_of(digest)))
    assert _pull(site, "v1").status_code == 200

    other = ec.generate_private_key(ec.SECP256R1())
    assert site.http.put(_PLACE, json=policy_of(pem_of(other))).status_code == 200
    while _pull(site, "v1").status_code != 412:
        pass  # a change is in force within a second
    assert site.http.put(_PLACE, json=policy_of(pem_of(key))).status_code == 200
    while _pull(site, "v1").status_code != 200:
        pass
    site.push_image(REPOSITORY, "v1", [b"another image"])
    moved = _pull(site, "v1")
    site.delete(REPOSITORY, signature)

    assert moved.status_code == 412
    assert _pull(site, digest).status_code == 412


def test_a_policy_that_only_watches_lets_pass_and_tells(site: Site, key: Private) -> None:
    digest = site.push_image(REPOSITORY, "v1")
    _put(site, policy_of(pem_of(key), mode="audit"))

    def told() -> list[Json]:
        assert _pull(site, "v1").status_code == 200
        found = site.api("GET", "/auditlog-exts?q=operation=find,resource_type=artifact&page_size=50").json()
        return [one for one in found if digest in one["resource"] and one["username"] == "carol"]

    while not told():
        pass  # in force within a second, and the journal is written each second
    assert "nobody signed it" in told()[0]["operation_description"]


def test_a_rule_is_about_the_repositories_that_it_fits(site: Site, key: Private) -> None:
    site.push_image(REPOSITORY, "v1")
    site.push_image("team/prod/api", "v1")
    assert site.http.put(_PLACE, json=policy_of(pem_of(key), repositories="prod/*")).status_code == 200
    with httpx.Client(base_url=site.url, auth=Account("carol", "Harbour-Test-2"), timeout=30) as carol:
        while carol.get("/v2/team/prod/api/manifests/v1").status_code != 412:
            pass  # in force within a second

    assert _pull(site, "v1").status_code == 200


def test_the_images_of_a_trusted_index_come_by_digest(site: Site, key: Private) -> None:
    index, children = site.push_index(REPOSITORY, "v1", [b"one", b"two"])
    _put(site, policy_of(pem_of(key)))
    assert [_pull(site, one).status_code for one in ("v1", *children)] == [412, 412, 412]

    as_bundle(site, index, bundle_of(key, statement_of(index)))

    assert [_pull(site, one).status_code for one in ("v1", *children)] == [200, 200, 200]


_GOOD = pem_of(ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize(
    "policy",
    [
        {"rules": []},
        {"rules": [{"name": "r", "signers": []}]},
        policy_of("no key"),
        policy_of(pem_of(rsa.generate_private_key(65537, 1024))),
        policy_of(pem_of(ec.generate_private_key(ec.SECP256K1()))),
        policy_of(_GOOD, threshold=2),
        policy_of(_GOOD, threshold=0),
        policy_of(_GOOD, _GOOD),
        policy_of(_GOOD, repositories="[a"),
        policy_of(_GOOD, mode="off"),
        {"rules": [*policy_of(_GOOD)["rules"], *policy_of(_GOOD)["rules"]]},
        {"rules": "all"},
        [],
    ],
)
def test_a_policy_that_says_nothing_is_refused(forged: Site, policy: object) -> None:
    before = forged.http.get(_PLACE).json()

    answer = forged.http.put(_PLACE, json=policy)

    assert answer.status_code in (400, 422)
    assert answer.json()["errors"][0]["message"]
    assert forged.http.get(_PLACE).json() == before


def test_only_who_runs_the_project_changes_its_policy(site: Site, key: Private) -> None:
    assert site.server is not None
    site.server.api.create_user("dave", "Harbour-Test-3")
    site.server.api.add_member("team", "dave", 2)  # a developer
    assert site.http.get(_PLACE).status_code == 404
    _put(site, policy_of(pem_of(key), mode="audit"))
    with httpx.Client(base_url=site.url, auth=("dave", "Harbour-Test-3")) as dave:
        assert dave.get(_PLACE).status_code == 403
        assert dave.put(_PLACE, json=policy_of(pem_of(key))).status_code == 403
        assert dave.delete(_PLACE).status_code == 403
    with httpx.Client(base_url=site.url) as stranger:
        assert stranger.get(_PLACE).status_code == 401

    assert site.http.delete(_PLACE).status_code == 200
    assert site.http.delete(_PLACE).status_code == 404
    for operation in ("update", "delete"):
        found = site.api("GET", f"/auditlog-exts?q=operation={operation},resource_type=trust_policy").json()
        assert [one["resource"] for one in found] == ["team"]
