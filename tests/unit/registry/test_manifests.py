"""Manifests and tags: push, pull, move, delete, count, and what the collector is told."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from havre.kernel.actor import anonymous
from havre.kernel.clock import to_micros
from havre.kernel.digest import Digest
from havre.kernel.errors import Unauthenticated
from havre.kernel.names import RepositoryName, Tag, parse_reference
from havre.kernel.pages import PageRequest
from havre.registry import ArtifactFilters, ArtifactQuery, Filters, ManifestUpload, RegistrySettings, TagPart
from havre.registry.errors import (
    BlobInUse,
    BlobUnknown,
    DigestMismatch,
    ManifestInUse,
    ManifestInvalid,
    ManifestReferenceUnknown,
    ManifestTooLarge,
    ManifestUnknown,
    ProjectMissing,
    RepositoryOutsideProject,
    RepositoryUnknown,
    TooManyTags,
)
from havre.registry.formats.media_types import OCI_INDEX, OCI_MANIFEST
from havre.system import UpdateConfiguration
from kit.house import (
    ADMIN,
    APP,
    CONFIG,
    RegistryHouse,
    descriptor,
    encode,
    image,
    index,
    open_registry,
    token_actor,
)

OTHER = RepositoryName.parse("library/other")
V1 = Tag.parse("v1")


async def queue_of(house: RegistryHouse) -> dict[str, str]:
    """What the collector will look at: digest -> why."""
    rows = await house.rows("SELECT digest, reason FROM gc_queue ORDER BY kind, digest")
    return {str(digest): str(reason) for digest, reason in rows}


async def history_of(house: RegistryHouse, tag: str) -> list[object]:
    """The digests that a tag named, in order; None where it was deleted."""
    rows = await house.rows("SELECT digest FROM tag_history WHERE name = :tag ORDER BY id", {"tag": tag})
    return [digest for (digest,) in rows]


async def test_an_image_is_pulled_byte_for_byte_by_tag_and_by_digest(house: RegistryHouse) -> None:
    body = encode(image(b"layer", annotations={"a": "ü\0\n"}, unknown={"kept": [1, 2]})) + b"\n "
    await house.push_blob(b"layer")
    await house.push_blob(CONFIG)
    pushed = await house.push_manifest(body, "v1")
    by_tag = await house.pull.manifest(ADMIN, APP, V1)
    by_digest = await house.pull.manifest(ADMIN, APP, pushed.digest)

    assert pushed.digest == Digest.of(body)
    assert bytes(by_tag.body) == bytes(by_digest.body) == body
    assert (by_tag.media_type, by_tag.digest) == (OCI_MANIFEST, str(Digest.of(body)))
    assert await house.events("repository.created") == ["library/app"]
    assert await house.events("manifest.pushed") == ["library/app:v1"]
    assert await house.findings() == []


async def test_a_manifest_pushed_by_sha512_is_answered_under_sha512(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)
    body = encode(image())
    digest = Digest.of(body, "sha512")
    pushed = await house.push_manifest(body, str(digest), tags=["v1"])

    assert pushed.digest == digest
    assert (await house.pull.manifest(ADMIN, APP, V1)).digest == str(digest)
    with pytest.raises(ManifestUnknown):
        await house.pull.manifest(ADMIN, APP, Digest.of(body))


async def test_a_push_by_another_digest_is_refused(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)

    with pytest.raises(DigestMismatch):
        await house.push_manifest(image(), str(Digest.of(b"another")))
    assert await house.one("SELECT COUNT(*) FROM manifest") == 0


async def test_many_tags_come_with_one_push(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)
    body = encode(image())
    names = [f"t{number}" for number in range(99)]
    pushed = await house.push_manifest(body, "t0", tags=[*names, "last"])

    assert pushed.tags == (*names, "last")
    assert await house.one("SELECT COUNT(*) FROM tag") == 100
    with pytest.raises(TooManyTags):
        await house.push_manifest(body, str(Digest.of(body)), tags=[f"u{number}" for number in range(101)])


async def test_what_a_manifest_names_must_be_there(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)
    await house.push_blob(b"layer", OTHER)

    with pytest.raises(ManifestReferenceUnknown) as refused:
        await house.push_manifest(image(b"layer", b"second"), "v1")
    with pytest.raises(ManifestReferenceUnknown):
        await house.push_manifest(index(b"child"), "v1")

    assert refused.value.missing == [str(Digest.of(b"layer")), str(Digest.of(b"second"))]
    assert await house.one("SELECT COUNT(*) FROM manifest_body") == 0
    with pytest.raises(ManifestUnknown):
        await house.pull.manifest(ADMIN, APP, V1)


async def test_foreign_layers_and_absent_subjects_need_not_be_there(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)
    foreign = descriptor(b"far", "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")
    subject = descriptor(b"absent", OCI_MANIFEST)
    pushed = await house.push_manifest(image(subject=subject) | {"layers": [foreign]}, "v1")

    assert pushed.subject == Digest.of(b"absent")
    assert await house.findings() == []


async def test_an_index_may_list_blobs_and_nested_indexes(house: RegistryHouse) -> None:
    child = encode(image(b"layer"))
    await house.push_image(b"layer", "child")
    inner = encode(index(child))
    await house.push_manifest(inner, "inner")
    cache = descriptor(b"layer", "application/vnd.oci.image.layer.v1.tar")
    outer = index() | {"manifests": [descriptor(inner, OCI_INDEX), cache]}

    pushed = await house.push_manifest(outer, "outer")

    assert bytes((await house.pull.manifest(ADMIN, APP, pushed.digest)).body) == encode(outer)
    total = await house.one("SELECT total_size FROM manifest WHERE digest = :d", {"d": str(pushed.digest)})
    assert total == len(encode(outer)) + len(inner) + len(child) + len(b"layer") + len(CONFIG)


async def test_sparse_content_is_taken_where_the_setting_allows_it_and_held_once_it_comes(
    tmp_path: Path, registry_url: str | None
) -> None:
    async with open_registry(tmp_path, registry_url, RegistrySettings(sparse_indexes=True)) as house:
        await house.push_manifest(index(b"nowhere"), "sparse")
        await house.push_manifest(image(b"late"), "early")
        late = await house.push_blob(b"late")

        assert await house.rows("SELECT child FROM manifest_ref WHERE blob IS NOT NULL") == [(str(late),)]
        assert str(late) not in await queue_of(house)
        assert await house.findings() == []


@pytest.mark.parametrize("count", [1, 200])
async def test_impossible_sizes_add_up_to_a_number_that_can_be_kept(house: RegistryHouse, count: int) -> None:
    foreign = "application/x"
    layers = [
        {"mediaType": foreign, "digest": str(Digest.of(b"%d" % n)), "size": (1 << 62) - 1}
        for n in range(count)
    ]
    await house.push_blob(CONFIG)
    for number in range(count):
        await house.push_blob(b"%d" % number)
    body = encode(image() | {"layers": layers})
    await house.push_manifest(body, "v1")
    await house.push_manifest(index() | {"manifests": [descriptor(body, OCI_MANIFEST)]}, "index")

    [(size,), (index_size,)] = await house.rows("SELECT total_size FROM manifest ORDER BY id")
    assert size == index_size == (1 << 53) - 1


async def test_a_push_that_may_not_be_is_refused(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)
    upload = ManifestUpload(encode(image()), "", V1)

    with pytest.raises(Unauthenticated):
        await house.push.manifest(anonymous(), APP, upload)
    with pytest.raises(Unauthenticated):
        await house.push.manifest(token_actor(library_app=["pull"]), APP, upload)
    with pytest.raises(RepositoryOutsideProject):
        await house.push.manifest(ADMIN, RepositoryName.parse("library"), upload)
    with pytest.raises(ProjectMissing):
        await house.push.manifest(token_actor(no_app=["push"]), RepositoryName.parse("no/app"), upload)
    with pytest.raises(ManifestInvalid):
        await house.push.manifest(ADMIN, APP, ManifestUpload(b"{}", "", V1))


async def test_four_mebibytes_are_the_limit_of_a_manifest(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)
    empty = encode(image(annotations={"a": ""}))
    largest = encode(image(annotations={"a": "x" * (4 * 1024 * 1024 - len(empty))}))

    assert len(largest) == 4 * 1024 * 1024
    await house.push_manifest(largest, "largest")
    with pytest.raises(ManifestTooLarge):
        await house.push_manifest(largest + b" ", "larger")


async def test_pushing_the_same_again_changes_nothing_but_its_tags(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    again = await house.push_image(b"layer")
    await house.push_image(b"layer", "v2")

    assert digest == again
    assert await house.one("SELECT COUNT(*) FROM manifest") == 1
    assert await history_of(house, "v1") == [str(digest)]
    assert await house.events("tag.moved") == []
    assert await house.events("repository.created") == ["library/app"]


async def test_a_tag_that_moves_is_remembered_and_its_old_manifest_looked_at(house: RegistryHouse) -> None:
    old = await house.push_image(b"old")
    new = await house.push_image(b"new")

    assert (await house.pull.manifest(ADMIN, APP, V1)).digest == str(new)
    assert (await house.pull.manifest(ADMIN, APP, old)).digest == str(old)
    assert await history_of(house, "v1") == [str(old), str(new)]
    assert await house.events("tag.moved") == ["library/app:v1"]
    assert await queue_of(house) == {str(old): "tag moved"}
    due = await house.one("SELECT review_after FROM gc_queue")
    assert due == to_micros(house.clock.now() + timedelta(seconds=house.settings.grace_s))


async def test_a_manifest_that_is_tagged_again_leaves_the_queue(house: RegistryHouse) -> None:
    old = await house.push_image(b"old")
    await house.push_image(b"new")
    await house.push_image(b"old")

    assert str(old) not in await queue_of(house)


async def test_the_same_tag_pushed_by_many_at_once_names_one_of_them(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)
    bodies = [encode(image(annotations={"n": str(number)})) for number in range(8)]
    pushed = await asyncio.gather(*(house.push_manifest(body, "v1") for body in bodies))
    winner = (await house.pull.manifest(ADMIN, APP, V1)).digest

    assert winner in [str(one.digest) for one in pushed]
    assert len(await history_of(house, "v1")) == 8
    assert (await history_of(house, "v1"))[-1] == winner
    for one in pushed:
        assert (await house.pull.manifest(ADMIN, APP, one.digest)).digest == str(one.digest)
    assert await house.findings() == []


async def test_a_deleted_tag_leaves_its_manifest_and_the_collector_looks_at_it(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    await house.delete.manifest(ADMIN, APP, V1)

    with pytest.raises(ManifestUnknown):
        await house.pull.manifest(ADMIN, APP, V1)
    with pytest.raises(ManifestUnknown):
        await house.delete.manifest(ADMIN, APP, V1)
    assert (await house.pull.manifest(ADMIN, APP, digest)).digest == str(digest)
    assert await history_of(house, "v1") == [str(digest), None]
    assert await queue_of(house) == {str(digest): "tag deleted"}
    assert await house.events("tag.deleted") == ["library/app:v1"]


async def test_a_deleted_manifest_takes_its_tags_and_the_collector_looks_at_its_blobs(
    house: RegistryHouse,
) -> None:
    digest = await house.push_image(b"layer")
    await house.push_image(b"layer", "v2")
    await house.delete.manifest(ADMIN, APP, digest)

    for reference in ("v1", "v2", str(digest)):
        with pytest.raises(ManifestUnknown):
            await house.pull.manifest(ADMIN, APP, parse_reference(reference))
    assert await history_of(house, "v2") == [str(digest), None]
    assert await queue_of(house) == {
        str(Digest.of(b"layer")): "manifest deleted",
        str(Digest.of(CONFIG)): "manifest deleted",
    }
    assert await house.one("SELECT COUNT(*) FROM manifest_body") == 0
    assert await house.events("manifest.deleted") == [f"library/app@{digest}"]
    with pytest.raises(ManifestUnknown):
        await house.delete.manifest(ADMIN, APP, digest)


async def test_a_body_that_another_repository_holds_stays(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    await house.push_image(b"layer", "v1", OTHER)
    await house.delete.manifest(ADMIN, APP, digest)

    assert (await house.pull.manifest(ADMIN, OTHER, V1)).digest == str(digest)
    assert await house.findings() == []


async def test_deleting_an_index_or_a_subject_sends_the_collector_to_what_hung_on_it(
    house: RegistryHouse,
) -> None:
    child = encode(image(b"layer"))
    await house.push_image(b"layer", "child")
    listed = await house.push_manifest(index(child), "index")
    signature = await house.push_manifest(image(subject=descriptor(encode(index(child)), OCI_INDEX)), "sig")
    with pytest.raises(ManifestInUse):
        await house.delete.manifest(ADMIN, APP, Digest.of(child))
    await house.delete.manifest(ADMIN, APP, listed.digest)

    assert await queue_of(house) == {
        str(Digest.of(child)): "index deleted",
        str(signature.digest): "subject deleted",
    }
    await house.delete.manifest(ADMIN, APP, Digest.of(child))


async def test_deleting_where_nothing_is_says_so(house: RegistryHouse) -> None:
    with pytest.raises(RepositoryUnknown):
        await house.delete.manifest(ADMIN, APP, V1)
    with pytest.raises(BlobUnknown):
        await house.delete.blob(ADMIN, APP, Digest.of(b"x"))
    with pytest.raises(Unauthenticated):
        await house.delete.blob(token_actor(library_app=["pull", "push"]), APP, Digest.of(b"x"))


async def test_a_blob_goes_at_once_unless_a_manifest_names_it(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    loose = await house.push_blob(b"loose")
    await house.push_blob(b"loose", OTHER)
    with pytest.raises(BlobInUse):
        await house.delete.blob(ADMIN, APP, Digest.of(b"layer"))
    await house.delete.blob(ADMIN, APP, loose)

    with pytest.raises(BlobUnknown):
        await house.pull.blob(ADMIN, APP, loose)
    with pytest.raises(BlobUnknown):
        await house.delete.blob(ADMIN, APP, loose)
    assert (await house.pull.blob(ADMIN, OTHER, loose)).size == 5
    assert (await queue_of(house))[str(loose)] == "blob deleted"
    assert await house.events("blob.deleted") == [f"library/app@{loose}"]


async def test_an_uploaded_blob_is_looked_at_until_a_manifest_names_it(house: RegistryHouse) -> None:
    await house.push_blob(b"layer")
    await house.push_blob(CONFIG)
    before = await queue_of(house)
    await house.push_manifest(image(b"layer"), "v1")

    assert set(before.values()) == {"uploaded"}
    assert await queue_of(house) == {}


async def test_pulls_are_counted_and_journalled_by_the_flush_but_heads_are_not(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    await house.pull.stat_manifest(ADMIN, APP, V1)
    await house.pull.manifest(ADMIN, APP, V1)
    await house.pull.manifest(ADMIN, APP, digest)
    house.clock.wind(5)
    before = await house.one("SELECT pull_count FROM repository")
    await house.flush()

    assert (before, await house.one("SELECT pull_count FROM repository")) == (0, 2)
    assert await house.one("SELECT pulled_at FROM manifest") == to_micros(house.clock.now())
    assert await house.events("manifest.pulled") == ["library/app:v1", f"library/app@{digest}"]


async def test_counting_and_dating_of_pulls_can_be_switched_off(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    for key, counted, is_dated in (("count", 0, True), ("time", 1, False)):
        off = {"pull_count_update_disable": key == "count", "pull_time_update_disable": key == "time"}
        await UpdateConfiguration(house.database, house.configuration).update(ADMIN, off)
        async with house.database.write() as work:
            await work.run("UPDATE manifest SET pulled_at = NULL")

        await house.pull.manifest(ADMIN, APP, V1)
        await house.flush()

        assert await house.one("SELECT pull_count FROM repository") == counted
        assert (await house.one("SELECT pulled_at FROM manifest") is not None) == is_dated


async def test_pulls_can_be_left_out_of_the_journal_and_are_counted_still(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    await UpdateConfiguration(house.database, house.configuration).update(
        ADMIN, {"pull_audit_log_disable": True}
    )

    await house.pull.manifest(ADMIN, APP, V1)
    await house.flush()

    assert await house.one("SELECT pull_count FROM repository") == 1
    assert await house.events("manifest.pulled") == []


async def test_the_lists_for_people_show_what_was_pushed(house: RegistryHouse) -> None:
    child = encode(image(b"layer"))
    await house.push_image(b"layer", "child")
    platform = {"architecture": "arm64", "os": "linux", "os.features": ["x"]}
    listed = {"manifests": [descriptor(child, OCI_MANIFEST, platform=platform, annotations={"a": "\0"})]}
    await house.push_manifest(index() | listed, "index")
    page = PageRequest(1, 10)

    repositories = await house.browse.repositories(ADMIN, "library", Filters(name="ap"), page)
    artifacts = await house.artifacts.of_repository(ADMIN, APP, ArtifactQuery(ArtifactFilters()), page)
    tags = await house.browse.tags(ADMIN, APP, Tag.parse("index"), TagPart(), page)

    assert [(one.name, one.artifact_count) for one in repositories.items] == [("library/app", 2)]
    assert [[tag.name for tag in one.tags] for one in artifacts.items] == [["index"], ["child"]]
    assert artifacts.items[0].children[0].platform == platform
    assert [tag.name for tag in tags.items] == ["index"]
