"""Collection: what nothing holds goes after its grace period, what anything holds stays."""

import pytest

from havre.kernel.digest import Digest
from havre.kernel.names import Tag, parse_reference
from havre.registry import Collect, Collected, CollectOptions
from havre.registry.collect import BATCH
from kit.house import ADMIN, APP, CONFIG, RegistryHouse, encode, image

DAY = 24 * 3600 + 61


def collect(house: RegistryHouse) -> Collect:
    """The collector of this house."""
    return Collect(house.database, house.clock, house.settings)


async def blobs(house: RegistryHouse) -> set[str]:
    """The digests that are stored."""
    return {str(digest) for (digest,) in await house.rows("SELECT digest FROM blob")}


async def test_a_deleted_image_goes_a_day_later_and_its_bytes_with_the_next_sweep(
    house: RegistryHouse,
) -> None:
    digest = await house.push_image(b"layer")
    await house.delete.manifest(ADMIN, APP, digest)
    assert (await collect(house).run()).blobs == 0
    house.clock.wind(DAY)
    gone: list[Collected] = []

    report = await collect(house).run(note=gone.append)

    assert (report.blobs, report.freed_bytes) == (2, len(b"layer") + len(CONFIG))
    assert {(item.digest, item.reason) for item in gone} == {
        (str(Digest.of(b"layer")), "manifest deleted"),
        (str(Digest.of(CONFIG)), "manifest deleted"),
    }
    assert await blobs(house) == set()
    assert await house.one("SELECT COUNT(*) FROM gc_queue") == 0
    house.clock.wind(600)
    await house.sweep.run()
    assert [key async for key in house.blobs.keys()] == []  # noqa: SIM118 - no dict
    assert await house.findings() == []


async def test_a_blob_that_another_image_names_stays(house: RegistryHouse) -> None:
    digest = await house.push_image(b"one")
    await house.push_image(b"two", "v2")
    await house.delete.manifest(ADMIN, APP, digest)
    house.clock.wind(DAY)

    report = await collect(house).run()

    assert (report.blobs, report.kept) == (1, 1)
    assert str(Digest.of(CONFIG)) in await blobs(house)
    assert await house.findings() == []


async def test_an_upload_without_a_manifest_goes_when_its_lease_has_ended(house: RegistryHouse) -> None:
    await house.push_blob(b"never used")
    house.clock.wind(DAY // 2)
    await house.push_blob(b"never used")  # the client asks again: the lease begins anew
    house.clock.wind(DAY // 2 + 10)
    assert (await collect(house).run()).blobs == 0
    house.clock.wind(DAY // 2)

    assert (await collect(house).run()).blobs == 1


async def test_a_lease_given_while_a_collection_runs_keeps_the_blob_and_puts_its_review_off(
    house: RegistryHouse,
) -> None:
    digest = await house.push_blob(b"layer")
    async with house.database.write() as work:  # as a collector sees it that read the queue before the push
        await work.run("UPDATE gc_queue SET review_after = 1")

    assert (await collect(house).run()).kept == 1
    assert await blobs(house) == {str(digest)}
    lease = await house.one("SELECT lease_until FROM repo_blob")
    assert await house.rows("SELECT digest, review_after FROM gc_queue") == [(str(digest), lease)]


async def test_a_dry_run_says_the_same_and_changes_nothing(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    await house.delete.manifest(ADMIN, APP, digest)
    house.clock.wind(DAY)
    told: list[Collected] = []
    dry = await collect(house).run(CollectOptions(is_dry=True), note=told.append)
    done: list[Collected] = []
    real = await collect(house).run(note=done.append)

    assert (dry.blobs, dry.freed_bytes) == (real.blobs, real.freed_bytes) == (2, 7)
    assert sorted(told, key=lambda item: item.digest) == sorted(done, key=lambda item: item.digest)


async def test_a_shorter_grace_frees_space_now_but_not_what_is_just_being_pushed(
    house: RegistryHouse,
) -> None:
    digest = await house.push_image(b"layer")
    await house.push_blob(b"of a push under way")
    await house.delete.manifest(ADMIN, APP, digest)
    house.clock.wind(1)

    await collect(house).run(CollectOptions(grace_s=0))
    assert await blobs(house) == {str(Digest.of(data)) for data in (b"of a push under way", b"layer", CONFIG)}
    house.clock.wind(3601)
    await collect(house).run(CollectOptions(grace_s=0))
    assert await blobs(house) == set()


async def test_children_and_referrers_follow_what_they_belonged_to(house: RegistryHouse) -> None:
    child = await house.push_image(b"amd64", str(await _digest_of_image(b"amd64")))
    index = await house.push_manifest(_index(child), "multi")
    await house.push_blob(b"signature")
    signature = image(b"signature") | {"subject": _descriptor(child)}
    signed = (await house.push_manifest(signature, str(Digest.of(encode(signature))))).digest
    await house.delete.manifest(ADMIN, APP, index.digest)

    for expected in ({child, signed}, {signed}, set()):
        rows = await house.rows("SELECT digest FROM manifest")
        assert {str(digest) for (digest,) in rows} == {str(digest) for digest in expected}
        house.clock.wind(DAY)
        await collect(house).run()
    house.clock.wind(DAY)
    await collect(house).run()

    assert await blobs(house) == set()
    assert len(await house.events("manifest.collected")) == 2
    assert await house.findings() == []


async def test_an_image_that_lost_its_tag_stays_unless_untagged_ones_are_asked_for(
    house: RegistryHouse,
) -> None:
    digest = await house.push_image(b"layer")
    await house.push_image(b"newer")  # takes the tag
    house.clock.wind(DAY)
    assert (await collect(house).run()).manifests == 0
    assert await house.one("SELECT COUNT(*) FROM gc_queue") == 0

    gone: list[Collected] = []
    await collect(house).run(CollectOptions(untagged=True), note=gone.append)

    assert [(item.kind, item.digest, item.reason) for item in gone] == [("manifest", str(digest), "untagged")]
    assert await house.findings() == []


async def test_a_child_that_got_a_tag_of_its_own_outlives_its_index(house: RegistryHouse) -> None:
    child = await house.push_image(b"amd64", "amd64")
    index = await house.push_manifest(_index(child), "multi")
    await house.delete.manifest(ADMIN, APP, index.digest)
    house.clock.wind(DAY)

    assert (await collect(house).run()).manifests == 0
    assert (await house.pull.manifest(ADMIN, APP, Tag("amd64"))).digest == str(child)


async def test_many_dead_blobs_take_several_batches(house: RegistryHouse) -> None:
    for number in range(3):
        await house.push_image(b"%d" % number, f"v{number}")
    async with house.database.write() as work:
        await work.run_many(
            "INSERT INTO gc_queue (kind, repo_id, digest, review_after, reason) "
            "VALUES ('blob', 0, :digest, 0, 'deleted')",
            [{"digest": f"sha256:{number:064x}"} for number in range(2 * BATCH + 1)],
        )

    assert (await collect(house).run()).blobs == 0
    assert await house.one("SELECT COUNT(*) FROM gc_queue") == 0


async def test_a_collection_that_is_stopped_leaves_the_rest_in_the_queue(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    await house.delete.manifest(ADMIN, APP, digest)
    house.clock.wind(DAY)

    assert (await collect(house).run(is_stopped=lambda: True)).blobs == 0
    assert await house.one("SELECT COUNT(*) FROM gc_queue") == 2


async def test_the_same_image_pushed_again_within_the_grace_is_never_touched(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    await house.delete.manifest(ADMIN, APP, digest)
    house.clock.wind(DAY - 3600)
    await house.push_manifest(image(b"layer"), "v1")  # no byte is sent again: the blobs were still there
    house.clock.wind(DAY)

    assert (await collect(house).run()).blobs == 0
    assert await house.findings() == []


@pytest.mark.parametrize("reference", ["v1", "digest"])
async def test_a_push_that_comes_after_the_collection_is_told_what_is_missing(
    house: RegistryHouse, reference: str
) -> None:
    digest = await house.push_image(b"layer")
    await house.delete.manifest(ADMIN, APP, digest)
    house.clock.wind(DAY)
    await collect(house).run()

    with pytest.raises(Exception, match=str(Digest.of(b"layer"))):
        await house.push_manifest(image(b"layer"), "v1" if reference == "v1" else str(digest))
    await house.push_image(b"layer")
    assert (await house.pull.manifest(ADMIN, APP, parse_reference("v1"))).digest == str(digest)


async def _digest_of_image(layer: bytes) -> Digest:
    return Digest.of(encode(image(layer)))


def _descriptor(digest: Digest) -> dict[str, object]:
    return {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": str(digest), "size": 1}


def _index(child: Digest) -> dict[str, object]:
    return {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [_descriptor(child)],
    }
