"""Projects that let nobody pull what is not signed: which signature opens which pull, and what opens none."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from kit.cosign import Cosign
from kit.publisher import Publisher, bare_pair, document
from kit.server import ADMIN_PASSWORD, DEVELOPER, Server, Settings
from replication.site import INDEX, MANIFEST, Account, Site

_COSIGN = "application/vnd.dev.cosign.artifact.sig.v1+json"
_NOTATION = "application/vnd.cncf.notary.signature"
_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PREDICATE = "dev.sigstore.bundle.predicateType"
_SIGNS = "https://sigstore.dev/cosign/sign/v1"
_REPOSITORY = "team/app"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """An instance with a private project and somebody who only pulls."""
    settings = Settings(environment={"HAVRE_AUDIT_SEAL_EVERY_S": "3600"})
    with Server(tmp_path / "data", settings) as server:
        server.api.create_project("team")
        server.api.create_user("carol", "Harbour-Test-2")
        server.api.add_member("team", "carol", 5)
        yield Site(server.url, server)
        server.check()


def _ask_for(site: Site, *words: str) -> None:
    """Let the project ask for signatures, and wait until every process knows."""
    site.api("PUT", "/projects/team", {"metadata": dict.fromkeys(words, "true")})
    refused = httpx.Response(200)
    probe = site.push_image(_REPOSITORY, "probe", [b"probe"])
    while refused.status_code != 412:
        refused = _pull(site, probe)


def _pull(site: Site, reference: str, *, method: str = "GET", agent: str = "docker/28") -> httpx.Response:
    """Pull as somebody who may only pull."""
    carol = httpx.Client(base_url=site.url, auth=Account("carol", "Harbour-Test-2"), timeout=30)
    with carol:
        headers = {"Accept": f"{MANIFEST}, {INDEX}", "User-Agent": agent}
        return carol.request(method, f"/v2/{_REPOSITORY}/manifests/{reference}", headers=headers)


def _hang(site: Site, subject: str, kind: str, annotations: dict[str, str] | None = None) -> str:
    """Hang a document on a manifest, as signing tools do."""
    body = os.urandom(8)
    layer = {**site.push_blob(_REPOSITORY, body), "mediaType": "application/octet-stream"}
    empty = {**site.push_blob(_REPOSITORY, b"{}"), "mediaType": "application/vnd.oci.empty.v1+json"}
    size = len(_body(site, subject))
    return site.push_manifest(
        _REPOSITORY,
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": kind,
            "config": empty,
            "layers": [layer],
            "subject": {"mediaType": MANIFEST, "digest": subject, "size": size},
            "annotations": annotations or {},
        },
    )


def _body(site: Site, digest: str) -> bytes:
    """Read a manifest as somebody who may sign it."""
    answer = site.http.get(f"/v2/{_REPOSITORY}/manifests/{digest}")
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_unsigned_image_is_refused_and_the_journal_says_why(site: Site, method: str) -> None:
    digest = site.push_image(_REPOSITORY, "v1")
    assert _pull(site, "v1").status_code == 200
    _ask_for(site, "enable_content_trust_cosign")

    for reference in ("v1", digest):
        answer = _pull(site, reference, method=method)
        assert answer.status_code == 412
    if method == "GET":
        [error] = answer.json()["errors"]
        assert error["code"] == "PROJECTPOLICYVIOLATION"
        assert "no signature of cosign" in error["message"]

    def lines() -> list[dict[str, object]]:
        found: list[dict[str, object]] = site.api(
            "GET", "/auditlog-exts?q=operation=deny,resource_type=artifact&page_size=50"
        ).json()
        return [line for line in found if digest in str(line["resource"])]

    while not lines():
        pass  # the journal writes refusals of pulls each second
    assert "no signature of cosign" in str(lines()[0])
    assert lines()[0]["username"] == "carol"


@pytest.mark.parametrize("agent", ["cosign/v3.0.5", "notation/1.3", "harbor-scanner", "Trivy"])
def test_what_a_client_calls_itself_opens_nothing(site: Site, agent: str) -> None:
    site.push_image(_REPOSITORY, "v1")
    _ask_for(site, "enable_content_trust_cosign")

    assert _pull(site, "v1", agent=agent).status_code == 412


@pytest.mark.parametrize(
    ("word", "kind", "annotations", "opens"),
    [
        ("enable_content_trust_cosign", _COSIGN, {}, True),
        ("enable_content_trust_cosign", _BUNDLE, {_PREDICATE: _SIGNS}, True),
        ("enable_content_trust_cosign", _BUNDLE, {}, True),
        ("enable_content_trust_cosign", _BUNDLE, {_PREDICATE: "https://slsa.dev/provenance/v1"}, False),
        ("enable_content_trust_cosign", _NOTATION, {}, False),
        ("enable_content_trust_cosign", "application/spdx+json", {}, False),
        ("enable_content_trust", _NOTATION, {}, True),
        ("enable_content_trust", _COSIGN, {}, False),
    ],
)
def test_which_signature_opens_which_pull(
    site: Site, word: str, kind: str, annotations: dict[str, str], opens: bool
) -> None:
    digest = site.push_image(_REPOSITORY, "v1")
    _ask_for(site, word)

    hung = _hang(site, digest, kind, annotations)

    assert _pull(site, "v1").status_code == (200 if opens else 412)
    assert _pull(site, hung).status_code == 200  # signatures and statements can be read by whoever checks


def test_both_may_be_asked_for(site: Site) -> None:
    digest = site.push_image(_REPOSITORY, "v1")
    _ask_for(site, "enable_content_trust", "enable_content_trust_cosign")

    _hang(site, digest, _COSIGN)
    answer = _pull(site, "v1")
    _hang(site, digest, _NOTATION)

    assert answer.status_code == 412
    assert "Notary" in answer.text
    assert "cosign" not in answer.json()["errors"][0]["message"]
    assert _pull(site, "v1").status_code == 200


def test_a_tag_that_moves_after_signing_is_refused(site: Site) -> None:
    first = site.push_image(_REPOSITORY, "v1", [b"first"])
    _hang(site, first, _COSIGN)
    _ask_for(site, "enable_content_trust_cosign")
    assert _pull(site, "v1").status_code == 200

    site.push_image(_REPOSITORY, "v1", [b"second"])

    assert _pull(site, "v1").status_code == 412
    assert _pull(site, first).status_code == 200


def test_a_deleted_signature_closes_again(site: Site) -> None:
    digest = site.push_image(_REPOSITORY, "v1")
    _ask_for(site, "enable_content_trust_cosign")
    signature = _hang(site, digest, _COSIGN)
    assert _pull(site, "v1").status_code == 200

    site.delete(_REPOSITORY, signature)

    assert _pull(site, "v1").status_code == 412


def test_the_images_of_a_signed_index_come_by_digest_and_not_by_a_tag_of_their_own(site: Site) -> None:
    index, children = site.push_index(_REPOSITORY, "v1", [b"one", b"two"])
    stranger = site.push_image(_REPOSITORY, None, [b"nobody's"])
    _ask_for(site, "enable_content_trust_cosign")
    _hang(site, index, _COSIGN)

    site.push_manifest(_REPOSITORY, _document(site, children[0]), "child")

    assert _pull(site, "v1").status_code == 200
    assert [_pull(site, child).status_code for child in children] == [200, 200]
    assert _pull(site, "child").status_code == 412
    assert _pull(site, stranger).status_code == 412


def _document(site: Site, digest: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(_body(site, digest))
    return found


def test_an_image_that_only_names_a_subject_is_no_signature(site: Site) -> None:
    signed = site.push_image(_REPOSITORY, "v1")
    _hang(site, signed, _COSIGN)
    trick = {
        "artifactType": _COSIGN,
        "subject": {"mediaType": MANIFEST, "digest": signed, "size": len(_body(site, signed))},
    }
    site.push_image(_REPOSITORY, "trick", [b"root file system"], trick)
    _ask_for(site, "enable_content_trust_cosign")

    assert _pull(site, "trick").status_code == 412


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_may_push_reads_by_digest_what_is_to_be_signed(site: Site, method: str) -> None:
    digest = site.push_image(_REPOSITORY, "v1")
    _ask_for(site, "enable_content_trust_cosign")
    with httpx.Client(base_url=site.url, auth=site.account) as basic:
        for http in (site.http, basic):  # with a token to pull, and with a password
            for reference, status in ((digest, 200), ("v1", 412)):
                answer = http.request(method, f"/v2/{_REPOSITORY}/manifests/{reference}")
                assert answer.status_code == status
    assert _pull(site, digest, method=method).status_code == 412


def test_notary_opens_the_tag_that_it_names_and_no_other(site: Site) -> None:
    digest = site.push_image(_REPOSITORY, "v1", [b"signed"])
    site.push_image(_REPOSITORY, "same", [b"signed"])
    site.push_image(_REPOSITORY, "other", [b"other"])
    body = _body(site, digest)
    assert site.server is not None
    with httpx.Client(base_url=site.url, auth=("admin", ADMIN_PASSWORD), timeout=30) as http:
        publisher = Publisher(http, f"{site.server.registry}/{_REPOSITORY}")
        assert publisher.first({"v1": body, "other": body}).status_code == 200
        _ask_for(site, "enable_content_trust")

        assert {tag: _pull(site, tag).status_code for tag in ("v1", "same", "other")} == {
            "v1": 200,
            "same": 412,  # the right digest, but nobody signed that it bears this tag
            "other": 412,  # it was signed as something else
        }
        assert _pull(site, digest).status_code == 200

        releases = bare_pair()
        answer = publisher.publish(
            {
                "targets": document(
                    publisher.targets_words(
                        2, delegations=publisher.delegations(("targets/releases", releases))
                    ),
                    [publisher.targets],
                ),
                "targets/releases": document(publisher.targets_words(1, {"same": body}), [releases]),
            }
        )
        assert answer.status_code == 200, answer.text
        assert (_pull(site, "v1").status_code, _pull(site, "same").status_code) == (412, 200)

        taken_back = document(publisher.targets_words(3), [publisher.targets])
        assert publisher.publish({"targets": taken_back}).status_code == 200
        assert _pull(site, "same").status_code == 412  # nobody hands on to releases any more


@pytest.mark.parametrize("flags", [(), ("--new-bundle-format=false",)], ids=["bundle", "tag"])
def test_cosign_signs_what_its_project_refuses_and_opens_it(
    site: Site, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    assert site.server is not None
    site.server.api.create_user("dave", "Harbour-Test-3")
    site.server.api.add_member("team", "dave", DEVELOPER)
    cosign = Cosign(site.server.registry, tmp_path, ("dave", "Harbour-Test-3"))
    name = f"{site.server.registry}/{_REPOSITORY}"
    digest = site.push_image(_REPOSITORY, "v1")
    _ask_for(site, "enable_content_trust_cosign")

    cosign.attest(f"{name}@{digest}")
    assert _pull(site, "v1").status_code == 412  # a statement is no signature

    cosign.sign(f"{name}@{digest}", *flags)

    assert _pull(site, "v1").status_code == 200
    assert digest in cosign.verify(f"{name}:v1", *flags)
    kinds = [one["type"] for one in site.api("GET", _accessories(digest)).json()]
    assert sorted(kinds) == ["signature.cosign", "subject.accessory"]


def _accessories(digest: str) -> str:
    return f"/projects/team/repositories/app/artifacts/{digest}/accessories"
