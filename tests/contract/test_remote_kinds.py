"""The kinds of registries that have ways of their own, each against a stand-in built on its documentation."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from havre.adapters.aws import Key, signed
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.opener import RemoteOpener
from havre.kernel.addresses import Reach
from havre.kernel.clock import SystemClock
from havre.kernel.digest import Digest
from havre.kernel.secret import Secret
from havre.replication import EndpointWords
from havre.replication.endpoint_model import Credential
from havre.replication.errors import RemoteDenied, RemoteRefused
from havre.replication.ports import BlobPush, Preparing, RemoteManifest
from kit.clock import WoundClock
from kit.house import CONFIG, encode, image
from kit.sources import Bytes
from kit.vendors.ecr import Ecr
from kit.vendors.hosts import Artifactory, DockerHub, GitHub, GitLab, Quay
from kit.vendors.service import Vendor, serving

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@contextmanager
def opened(
    kind: str, vendor: Vendor, secret: str | None = None, clock: WoundClock | None = None
) -> Iterator[DistributionRemote]:
    """Open a stand-in as what it stands for."""
    opener = RemoteOpener(Reach(), clock or SystemClock())
    credential = Credential("basic", vendor.user, Secret(vendor.secret if secret is None else secret))
    remote = opener.open(EndpointWords(name="v", kind=kind, url=vendor.url, credential=credential))
    assert isinstance(remote, DistributionRemote)
    yield remote
    opener.close(remote)


async def _names(listed: AsyncIterator[str]) -> list[str]:
    return [name async for name in listed]


async def push(remote: DistributionRemote, repository: str, tag: str) -> RemoteManifest:
    """Copy an image there."""
    if isinstance(remote, Preparing):
        await remote.prepare(repository)
    layer = b"a layer"
    for body in (layer, CONFIG):
        await remote.push_blob(BlobPush(repository, Digest.of(body), Bytes(body)))
    body = encode(image(layer))
    manifest = RemoteManifest(Digest.of(body), MANIFEST, body)
    await remote.put_manifest(repository, tag, manifest)
    return manifest


async def test_docker_hub_lists_and_deletes_by_its_api_with_one_login() -> None:
    many = [f"app{number:03}" for number in range(130)]
    hub = DockerHub(names={"acme": many, "acme2": ["x"], "library": ["alpine"]})
    with serving(hub), opened("docker-hub", hub) as remote:
        await push(remote, "acme/app001", "v1")

        assert await _names(remote.repositories("acme/")) == [f"acme/{name}" for name in many]
        assert await _names(remote.repositories("acme")) == [*(f"acme/{name}" for name in many), "acme2/x"]
        assert await remote.delete_manifest("acme/app001", "v1") is True
        assert await remote.delete_manifest("acme/app001", "v1") is False
        with pytest.raises(RemoteRefused, match="tags alone"):
            await remote.delete_manifest("acme/app001", str(Digest.of(b"x")))
    assert hub.logins == 1


async def test_docker_hub_lists_to_nobody_what_is_public_and_refuses_a_wrong_secret() -> None:
    hub = DockerHub(names={"library": ["alpine"]})
    with serving(hub):
        hub.user = ""
        with opened("docker-hub", hub) as remote:
            assert await _names(remote.repositories("library/al")) == ["library/alpine"]
        hub.user = "porter"
        with (
            opened("docker-hub", hub, "wrong") as remote,
            pytest.raises(RemoteDenied, match="Incorrect auth"),
        ):
            await _names(remote.repositories("library/"))


def test_docker_hub_itself_is_two_addresses() -> None:
    opener = RemoteOpener(Reach(), SystemClock())
    remote = opener.open(EndpointWords(name="h", kind="docker-hub", url="https://hub.docker.com"))
    assert isinstance(remote, DistributionRemote)
    assert remote.caller.url("v2/") == "https://registry-1.docker.io/v2/"
    opener.close(remote)


async def test_github_lists_what_an_organization_or_a_person_owns() -> None:
    many = [f"app{number:03}" for number in range(101)]
    github = GitHub(orgs={"acme": [*many, "group/tool"]}, users={"me": ["Thing"]})
    with serving(github), opened("github-ghcr", github) as remote:
        assert await _names(remote.repositories("acme/")) == [f"acme/{one}" for one in [*many, "group/tool"]]
        assert await _names(remote.repositories("acme/group/")) == ["acme/group/tool"]
        assert await _names(remote.repositories("me/")) == ["me/thing"]
        assert await _names(remote.repositories("nobody/")) == []
        with pytest.raises(RemoteRefused, match="begin with OWNER/"):
            await _names(remote.repositories(""))
    with (
        serving(github),
        opened("github-ghcr", github, "wrong") as remote,
        pytest.raises(RemoteDenied, match="Bad credentials"),
    ):
        await _names(remote.repositories("acme/"))


async def test_gitlab_lists_the_registries_of_the_accounts_projects() -> None:
    gitlab = GitLab(projects={f"Acme/p{number:03}": [] for number in range(120)})
    gitlab.projects |= {"Acme/app": ["", "worker"], "other/app": [""]}
    with serving(gitlab), opened("gitlab", gitlab) as remote:
        await push(remote, "acme/app/worker", "v1")

        assert await _names(remote.repositories("acme/")) == ["acme/app", "acme/app/worker"]
        assert await _names(remote.repositories("acme/app/w")) == ["acme/app/worker"]
        assert await _names(remote.tags("acme/app/worker")) == ["v1"]


async def test_quay_lists_what_is_public_or_with_a_token_everything() -> None:
    quay = Quay(public=[f"app{number:03}" for number in range(150)], private=["hidden"])
    whole = '{"account_name": "porter", "docker_cli_password": "carries", "oauth2_token": "opens"}'
    with serving(quay):
        with opened("quay", quay) as remote:
            await push(remote, "acme/app001", "v1")
            assert await _names(remote.repositories("acme/")) == [f"acme/{one}" for one in quay.public]
            with pytest.raises(RemoteRefused, match="nothing is deleted here"):
                await remote.delete_manifest("acme/app001", "v1")
        with opened("quay", quay, whole) as remote:
            await push(remote, "acme/app002", "v1")
            assert await _names(remote.repositories("acme/h")) == ["acme/hidden"]
            assert await remote.delete_manifest("acme/app001", "v1") is True
            assert await remote.delete_manifest("acme/app001", "v1") is False


async def test_artifactory_makes_a_repository_and_lists_by_each_catalog() -> None:
    artifactory = Artifactory(keys={"docker-local": ["app", "team/app"], "other": ["x"]})
    with serving(artifactory), opened("jfrog-artifactory", artifactory) as remote:
        await push(remote, "new-local/app", "v1")
        await push(remote, "docker-local/app", "v1")

        assert list(artifactory.keys) == ["docker-local", "other", "new-local"]
        assert await _names(remote.repositories("docker-local/")) == [
            "docker-local/app",
            "docker-local/team/app",
        ]
        assert await _names(remote.repositories("docker-local/team/")) == ["docker-local/team/app"]


async def test_ecr_logs_in_with_a_signed_request_and_makes_repositories() -> None:
    ecr, clock = Ecr(), WoundClock()
    with serving(ecr), opened("aws-ecr", ecr, clock=clock) as remote:
        assert await remote.ping() == ""
        manifest = await push(remote, "acme/app", "v1")
        ecr.made += ["acme/b", "acme/c", "other/d"]

        assert await remote.manifest("acme/app", "v1") == manifest
        assert await _names(remote.repositories("acme/")) == ["acme/app", "acme/b", "acme/c"]
        assert await remote.delete_manifest("acme/app", "v1") is True
        assert await remote.delete_manifest("acme/app", "v1") is False
        assert await remote.delete_manifest("acme/none", "v1") is False
        ecr.password = "the next twelve"
        clock.wind(11.5 * 3600)
        assert await remote.manifest("acme/app", str(manifest.digest)) == manifest


async def test_ecr_refuses_another_key() -> None:
    ecr = Ecr()
    with (
        serving(ecr),
        opened("aws-ecr", ecr, "wrong") as remote,
        pytest.raises(RemoteDenied, match="InvalidSignatureException"),
    ):
        await remote.ping()


def test_a_request_is_signed_as_amazon_shows_it() -> None:
    # "post-x-www-form-urlencoded" of the AWS Signature Version 4 test suite
    key = Key("AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "us-east-1", "service")
    found = signed(
        key,
        "https://example.amazonaws.com/",
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"Param1=value1",
        datetime(2015, 8, 30, 12, 36, tzinfo=UTC),
    )
    assert found["Authorization"].endswith(
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"
    )
