"""Artifacts go and are copied whole: with children, accessories and tags."""

import pytest

from havre.kernel.actor import Actor, ActorKind
from havre.kernel.digest import Digest
from havre.kernel.errors import Denied
from havre.kernel.names import RepositoryName, Tag
from havre.kernel.pages import PageRequest
from havre.registry import ArtifactFilters, ArtifactQuery, CopySource, Shown
from havre.registry.errors import ManifestInUse, ManifestUnknown, RepositoryUnknown
from havre.registry.formats.media_types import OCI_INDEX, OCI_MANIFEST
from kit.house import ADMIN, APP, CONFIG, RegistryHouse, descriptor, encode, image, index

_TARGET = RepositoryName.parse("library/team/copy")
_COSIGN = "application/vnd.dev.cosign.artifact.sig.v1+json"


async def push_signed_index(house: RegistryHouse) -> tuple[Digest, Digest, Digest]:
    """Push an index of one image, tagged multi and latest, signed by a referrer; returns all three."""
    child = encode(image(b"layer"))
    await house.push_blob(b"layer")
    await house.push_blob(CONFIG)
    await house.push_manifest(child, str(Digest.of(child)))
    parent = encode(index(child))
    await house.push_manifest(parent, "multi", tags=("latest",))
    signature = image(artifactType=_COSIGN, subject=descriptor(parent, OCI_INDEX))
    pushed = await house.push_manifest(signature, str(Digest.of(encode(signature))))
    return Digest.of(parent), Digest.of(child), pushed.digest


async def manifests(house: RegistryHouse, name: RepositoryName) -> set[str]:
    """List every manifest that a repository holds."""
    found = await house.rows(
        "SELECT m.digest FROM manifest m JOIN repository r ON r.id = m.repo_id WHERE r.name = :name",
        {"name": name.text},
    )
    return {str(digest) for (digest,) in found}


async def test_a_copy_brings_children_accessories_and_the_tag_along(house: RegistryHouse) -> None:
    parent, child, signature = await push_signed_index(house)

    digest = await house.copy.artifact(ADMIN, CopySource(APP, Tag("multi")), _TARGET)

    assert digest == str(parent)
    assert await manifests(house, _TARGET) == {str(parent), str(child), str(signature)}
    query = ArtifactQuery(ArtifactFilters(), shown=Shown(accessories=True))
    found = await house.artifacts.of_repository(ADMIN, _TARGET, query, PageRequest())
    [shown] = found.items
    assert ([tag.name for tag in shown.tags], found.total) == (["multi"], 1)
    assert [one.digest for one in shown.accessories] == [str(signature)]
    assert await house.events("manifest.copied") == ["library/team/copy:multi"]
    blob = await house.pull.blob(ADMIN, _TARGET, Digest.of(b"layer"))
    assert blob.size == 5


async def test_a_copy_by_digest_brings_every_tag(house: RegistryHouse) -> None:
    parent, _, _ = await push_signed_index(house)

    await house.copy.artifact(ADMIN, CopySource(APP, parent), _TARGET)

    page = await house.tags.page(ADMIN, _TARGET, "", None)
    assert page.items == ["latest", "multi"]


async def test_a_copy_of_what_old_cosign_signed_brings_its_tag(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    await house.push_manifest(image(annotations={"is": "signature"}), f"sha256-{digest.hex}.sig")

    await house.copy.artifact(ADMIN, CopySource(APP, Tag("v1")), _TARGET)

    page = await house.tags.page(ADMIN, _TARGET, "", None)
    assert page.items == [f"sha256-{digest.hex}.sig", "v1"]


async def test_a_copy_survives_its_source_and_the_check(house: RegistryHouse) -> None:
    await push_signed_index(house)
    await house.copy.artifact(ADMIN, CopySource(APP, Tag("multi")), _TARGET)

    await house.delete_repository.delete(ADMIN, APP)

    assert len(await manifests(house, _TARGET)) == 3
    assert await house.findings() == []


async def test_a_copy_needs_rights_on_both_sides(house: RegistryHouse) -> None:
    await house.project("secret")
    secret = RepositoryName.parse("secret/app")
    await house.push_image(b"layer", "v1", secret)
    await house.push_image(b"layer")
    stranger = Actor(ActorKind.USER, "stranger", user_id=77)

    with pytest.raises(Denied):
        await house.copy.artifact(stranger, CopySource(secret, Tag("v1")), _TARGET)
    with pytest.raises(Denied):
        await house.copy.artifact(stranger, CopySource(APP, Tag("v1")), _TARGET)
    with pytest.raises(ManifestUnknown):
        await house.copy.artifact(ADMIN, CopySource(APP, Tag("v2")), _TARGET)
    assert await manifests(house, _TARGET) == set()


async def test_a_copy_onto_another_tag_moves_it_and_the_collector_looks_at_what_it_named(
    house: RegistryHouse,
) -> None:
    old = await house.push_image(b"old", "v1", _TARGET)
    await house.push_image(b"new", "v1")

    await house.copy.artifact(ADMIN, CopySource(APP, Tag("v1")), _TARGET)

    queued = await house.rows("SELECT digest FROM gc_queue WHERE kind = 'manifest'")
    assert (str(old),) in queued


async def test_an_index_goes_with_its_children_and_signatures(house: RegistryHouse) -> None:
    parent, child, signature = await push_signed_index(house)

    await house.delete_artifact.delete(ADMIN, APP, Tag("multi"))

    assert await manifests(house, APP) == set()
    assert set(await house.events("manifest.deleted")) == {
        f"{APP}@{digest}" for digest in (parent, child, signature)
    }
    queued = await house.rows("SELECT digest FROM gc_queue WHERE kind = 'blob' AND repo_id = 0")
    assert {(str(Digest.of(b"layer")),), (str(Digest.of(CONFIG)),)} <= set(queued)


async def test_a_child_with_a_tag_or_another_parent_stays(house: RegistryHouse) -> None:
    parent, child, _ = await push_signed_index(house)
    await house.change_tags.create(ADMIN, APP, child, Tag("own"))

    with pytest.raises(ManifestInUse):
        await house.delete_artifact.delete(ADMIN, APP, child)
    await house.delete_artifact.delete(ADMIN, APP, parent)

    assert await manifests(house, APP) == {str(child)}


async def test_a_repository_goes_with_everything_in_it(house: RegistryHouse) -> None:
    await push_signed_index(house)
    upload = await house.uploads.start(ADMIN, APP)

    await house.delete_repository.delete(ADMIN, APP)

    for table in ("manifest", "manifest_body", "manifest_ref", "tag", "repo_blob", "upload", "accessory"):
        assert await house.one(f"SELECT COUNT(*) FROM {table}") == 0, table
    assert await house.events("repository.deleted") == ["library/app"]
    assert await house.rows("SELECT key FROM trash WHERE key = :key", {"key": upload.key})
    assert await house.findings() == []
    with pytest.raises(RepositoryUnknown):
        await house.delete_repository.delete(ADMIN, APP)


async def test_a_repository_that_is_gone_can_be_pushed_again(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    await house.delete_repository.delete(ADMIN, APP)

    assert await house.push_image(b"layer") == digest

    found = await house.pull.manifest(ADMIN, APP, Tag("v1"))
    assert (found.digest, found.media_type) == (str(digest), OCI_MANIFEST)
