"""Blobs on their way in: uploads, resuming, finishing, mounting."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from havre.kernel.actor import anonymous
from havre.kernel.digest import Digest, DigestInvalid
from havre.kernel.errors import Denied, Unauthenticated
from havre.kernel.names import RepositoryName
from havre.registry.errors import (
    BlobUnknown,
    BodyCutShort,
    DigestMismatch,
    ProjectMissing,
    RangeOutOfOrder,
    RepositoryOutsideProject,
    UploadBusy,
    UploadUnknown,
)
from havre.registry.model import BlobContent
from kit.house import ADMIN, APP, RegistryHouse, chunk_of, open_registry, token_actor

OTHER = RepositoryName.parse("library/other")


async def content_of(house: RegistryHouse, digest: Digest, name: RepositoryName = APP) -> bytes:
    """Pull a blob whole."""
    blob: BlobContent = await house.pull.blob(ADMIN, name, digest)
    return b"".join([piece async for piece in house.pull.read(blob, 0, blob.size)])


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("content", [b"", b"x", b"layer" * 300_000])
async def test_a_blob_is_pulled_as_it_was_pushed(
    house: RegistryHouse, content: bytes, algorithm: str
) -> None:
    digest = await house.push_blob(content, algorithm=algorithm)

    assert await content_of(house, digest) == content
    assert await house.events("blob.pushed") == [f"library/app@{digest}"]
    assert await house.findings() == []


async def test_chunks_add_up_and_each_begins_where_the_last_ended(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    first = await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc", 0, 2))
    second = await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"de", 3, 4))
    digest = await house.finish.upload(
        ADMIN, APP, upload.upload_id, Digest.of(b"abcdef"), chunk_of(b"f", 5, 5)
    )

    assert (first.offset, second.offset) == (3, 5)
    assert await content_of(house, digest) == b"abcdef"


@pytest.mark.parametrize(("first", "last"), [(0, 1), (2, 3), (4, 5), (3, 9), (3, 2), (10**17, 10**17 + 1)])
async def test_a_chunk_out_of_order_is_refused_and_writes_nothing(
    house: RegistryHouse, first: int, last: int
) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))

    with pytest.raises(RangeOutOfOrder) as refused:
        await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"xx", first, last))
    with pytest.raises(RangeOutOfOrder):
        await house.finish.upload(
            ADMIN, APP, upload.upload_id, Digest.of(b"abcxx"), chunk_of(b"xx", first, last)
        )

    assert refused.value.offset == 3
    assert (await house.uploads.find(ADMIN, APP, upload.upload_id)).offset == 3
    assert house.path(upload.key).read_bytes() == b"abc"


async def test_a_broken_chunk_keeps_what_arrived_and_the_upload_goes_on(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    with pytest.raises(BodyCutShort):
        await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc", is_cut=True))
    kept = await house.uploads.find(ADMIN, APP, upload.upload_id)
    digest = await house.finish.upload(
        ADMIN, APP, upload.upload_id, Digest.of(b"abcdef"), chunk_of(b"def", 3, 5)
    )

    assert kept.offset == 3
    assert await content_of(house, digest) == b"abcdef"


async def test_another_process_goes_on_with_the_upload(
    house: RegistryHouse, tmp_path: Path, registry_url: str | None
) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))
    async with open_registry(tmp_path, registry_url) as second:
        await second.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"def"))
    digest = await house.finish.upload(ADMIN, APP, upload.upload_id, Digest.of(b"abcdef"), None)

    assert await content_of(house, digest) == b"abcdef"


async def test_two_requests_never_write_to_one_upload_at_once(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    spool = await house.blobs.open_spool(upload.key)

    with pytest.raises(UploadBusy):
        await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"x"))
    with pytest.raises(UploadBusy):
        await house.finish.upload(ADMIN, APP, upload.upload_id, Digest.of(b""), None)
    await spool.close()

    assert await house.finish.upload(ADMIN, APP, upload.upload_id, Digest.of(b""), None) == Digest.of(b"")


async def test_a_wrong_digest_stores_nothing_and_ends_the_upload(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    with pytest.raises(DigestMismatch):
        await house.finish.upload(ADMIN, APP, upload.upload_id, Digest.of(b"right"), chunk_of(b"wrong"))

    with pytest.raises(UploadUnknown):
        await house.uploads.find(ADMIN, APP, upload.upload_id)
    for content in (b"right", b"wrong"):
        with pytest.raises(BlobUnknown):
            await house.pull.blob(ADMIN, APP, Digest.of(content))
    assert await house.one("SELECT COUNT(*) FROM blob") == 0
    assert await house.sweep.run() == 1
    assert [key async for key in house.blobs.keys()] == []  # noqa: SIM118 - no dict


async def test_a_repeated_put_is_answered_as_the_first(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    digest = Digest.of(b"abc")
    await house.finish.upload(ADMIN, APP, upload.upload_id, digest, chunk_of(b"abc"))

    assert await house.finish.upload(ADMIN, APP, upload.upload_id, digest, chunk_of(b"abc")) == digest
    with pytest.raises(UploadUnknown):
        await house.finish.upload(ADMIN, APP, upload.upload_id, Digest.of(b"x"), None)
    with pytest.raises(UploadUnknown):
        await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"d"))
    assert len(await house.events("blob.pushed")) == 1


async def test_two_puts_at_once_end_as_one_blob(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    digest = Digest.of(b"abc")
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))
    results = await asyncio.gather(
        *(house.finish.upload(ADMIN, APP, upload.upload_id, digest, None) for _ in range(4)),
        return_exceptions=True,
    )

    assert digest in results
    assert all(result == digest or isinstance(result, UploadBusy) for result in results), results
    assert await house.finish.upload(ADMIN, APP, upload.upload_id, digest, None) == digest


async def test_the_same_content_pushed_by_many_at_once_is_one_blob(house: RegistryHouse) -> None:
    names = [RepositoryName.parse(f"library/r{number % 3}") for number in range(8)]
    digests = await asyncio.gather(*(house.push_blob(b"shared", name) for name in names))

    assert set(digests) == {Digest.of(b"shared")}
    assert await house.one("SELECT COUNT(*) FROM blob") == 1
    assert await house.one("SELECT COUNT(*) FROM repo_blob") == 3
    await house.sweep.run()
    assert await house.one("SELECT COUNT(*) FROM trash") == 0
    assert await house.findings() == []
    assert await content_of(house, digests[0], names[0]) == b"shared"


async def test_a_cancelled_upload_is_gone_and_its_bytes_go_at_the_sweep(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))
    await house.uploads.cancel(ADMIN, APP, upload.upload_id)

    with pytest.raises(UploadUnknown):
        await house.uploads.cancel(ADMIN, APP, upload.upload_id)
    assert await house.events("upload.cancelled") == [f"library/app/{upload.upload_id}"]
    assert await house.sweep.run() == 1
    assert not house.path(upload.key).exists()


@pytest.mark.parametrize("upload_id", ["", "0" * 26, "..", "a\0b", "ü" * 26, "x" * 5000, "' OR 1=1 --"])
async def test_an_id_that_names_no_upload_is_unknown(house: RegistryHouse, upload_id: str) -> None:
    with pytest.raises(UploadUnknown):
        await house.uploads.find(ADMIN, APP, upload_id)


async def test_an_upload_belongs_to_its_repository(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)

    with pytest.raises(UploadUnknown):
        await house.uploads.find(ADMIN, OTHER, upload.upload_id)


async def test_what_cannot_be_started_is_refused(house: RegistryHouse) -> None:
    with pytest.raises(DigestInvalid):
        await house.uploads.start(ADMIN, APP, "md5")
    with pytest.raises(RepositoryOutsideProject):
        await house.uploads.start(ADMIN, RepositoryName.parse("library"))
    with pytest.raises(ProjectMissing):
        await house.uploads.start(token_actor(nowhere_app=["push"]), RepositoryName.parse("nowhere/app"))
    with pytest.raises(Unauthenticated):
        await house.uploads.start(anonymous(), APP)
    with pytest.raises(Unauthenticated):
        await house.uploads.start(token_actor(library_app=["pull"]), APP)


async def test_an_upload_expires_with_its_bytes_but_not_before(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))
    house.clock.wind(house.settings.upload_ttl_s - 1)
    assert await house.sweep.run() == 0
    assert (await house.uploads.find(ADMIN, APP, upload.upload_id)).offset == 3
    house.clock.wind(1)

    with pytest.raises(UploadUnknown):
        await house.uploads.find(ADMIN, APP, upload.upload_id)
    assert await house.sweep.run() == 1
    assert not house.path(upload.key).exists()
    assert await house.one("SELECT COUNT(*) FROM upload") == 0
    assert await house.findings() == []


async def test_each_chunk_gives_an_upload_its_whole_time_again(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    for _ in range(3):
        house.clock.wind(house.settings.upload_ttl_s - 1)
        await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))
        await house.sweep.run()

    assert (await house.uploads.find(ADMIN, APP, upload.upload_id)).offset == 9


async def test_a_finished_upload_is_forgotten_and_its_blob_stays(house: RegistryHouse) -> None:
    digest = await house.push_blob(b"abc")
    house.clock.wind(timedelta(hours=2).total_seconds())
    await house.sweep.run()

    assert await house.one("SELECT COUNT(*) FROM upload") == 0
    assert await content_of(house, digest) == b"abc"
    assert await house.findings() == []


async def test_a_blob_is_mounted_from_a_named_and_from_any_readable_repository(house: RegistryHouse) -> None:
    digest = await house.push_blob(b"abc")
    third = RepositoryName.parse("library/third")

    assert await house.mount.blob(ADMIN, OTHER, digest, APP)
    assert await house.mount.blob(ADMIN, third, digest, None)
    assert await content_of(house, digest, OTHER) == await content_of(house, digest, third) == b"abc"
    assert await house.events("blob.mounted") == [f"library/other@{digest}", f"library/third@{digest}"]
    assert await house.one("SELECT COUNT(*) FROM blob") == 1


async def test_a_mount_that_cannot_be_is_an_upload_instead_and_tells_nothing(house: RegistryHouse) -> None:
    await house.project("secret")
    hidden = RepositoryName.parse("secret/app")
    digest = await house.push_blob(b"abc", hidden)
    pusher = token_actor(library_other=["push", "pull"])

    assert not await house.mount.blob(pusher, OTHER, digest, hidden)
    assert not await house.mount.blob(pusher, OTHER, digest, None)
    assert not await house.mount.blob(pusher, OTHER, digest, RepositoryName.parse("nowhere/at-all"))
    assert not await house.mount.blob(pusher, OTHER, Digest.of(b"never"), hidden)
    with pytest.raises(BlobUnknown):
        await house.pull.blob(ADMIN, OTHER, digest)


async def test_a_token_with_the_source_in_it_mounts_from_a_private_project(house: RegistryHouse) -> None:
    await house.project("secret")
    digest = await house.push_blob(b"abc", RepositoryName.parse("secret/app"))

    assert await house.mount.blob(
        token_actor(library_other=["push"], secret_app=["pull"]),
        OTHER,
        digest,
        RepositoryName.parse("secret/app"),
    )


async def test_a_mount_into_a_repository_out_of_reach_is_refused(house: RegistryHouse) -> None:
    digest = await house.push_blob(b"abc")

    with pytest.raises((Unauthenticated, Denied)):
        await house.mount.blob(token_actor(library_app=["pull", "push"]), OTHER, digest, APP)


async def test_a_request_waits_for_one_before_it_that_is_just_putting_its_bytes_down(
    house: RegistryHouse,
) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    spool = await house.blobs.open_spool(f"uploads/{upload.upload_id}")
    pending = asyncio.create_task(
        house.finish.upload(ADMIN, APP, upload.upload_id, Digest.of(b"abc"), chunk_of(b"abc"))
    )
    await asyncio.sleep(0)
    await spool.close()

    assert await pending == Digest.of(b"abc")
