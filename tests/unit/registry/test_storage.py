"""What is on disk when: the order of intents, bytes and rows; the sweep; and what `havre check` finds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from havre.adapters.blobs.filesystem import FilesystemBlobStore
from havre.kernel.digest import Digest
from havre.kernel.errors import Unavailable
from havre.registry import Chunk, Finish, Sweep
from havre.registry.errors import UploadBusy, UploadUnknown
from kit.house import ADMIN, APP, CONFIG, RegistryHouse, chunk_of


async def trash_of(house: RegistryHouse) -> list[str]:
    """The keys in the trash."""
    return [str(key) for (key,) in await house.rows("SELECT key FROM trash ORDER BY key")]


class _WatchedStore(FilesystemBlobStore):
    """Tells what the trash held when bytes were committed; can break down before or after."""

    def __init__(self, house: RegistryHouse, breaks: str = "") -> None:
        super().__init__(house.directory)
        self._house = house
        self._breaks = breaks
        self.seen: list[tuple[str, list[str]]] = []

    async def commit(self, spool_key: str, key: str) -> None:
        self.seen.append((key, await trash_of(self._house)))
        if self._breaks == "before":
            raise Unavailable("the disk is away")
        await super().commit(spool_key, key)
        if self._breaks == "after":
            raise Unavailable("the power is away")

    async def delete(self, keys: object) -> None:
        raise Unavailable("the disk is read-only")


def finish_over(house: RegistryHouse, store: FilesystemBlobStore) -> Finish:
    """Wire Finish to another store."""
    return Finish(house.database, store, house.access, house.clock, house.settings, house.uploads)


async def test_the_trash_row_is_there_before_the_first_byte(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    seen: list[tuple[list[str], bool]] = []
    inner = chunk_of(b"abc")

    async def drain(write: Callable[[memoryview], None]) -> int:
        seen.append((await trash_of(house), house.path(upload.key).exists()))
        return await inner.drain(write)

    await house.uploads.append(ADMIN, APP, upload.upload_id, replace(inner, drain=drain))

    assert seen[0][0] == [upload.key]
    assert isinstance(inner, Chunk)


async def test_the_final_key_is_in_the_trash_before_the_bytes_have_it_and_out_after(
    house: RegistryHouse,
) -> None:
    store = _WatchedStore(house)
    upload = await house.uploads.start(ADMIN, APP)
    digest = Digest.of(b"abc")
    await finish_over(house, store).upload(ADMIN, APP, upload.upload_id, digest, chunk_of(b"abc"))

    [(key, trash)] = store.seen
    assert trash == [key, upload.key]
    assert await trash_of(house) == [upload.key]
    assert await house.rows("SELECT digest, key, size FROM blob") == [(str(digest), key, 3)]
    assert house.path(key).read_bytes() == b"abc"
    assert await house.sweep.run() == 1
    assert not house.path(upload.key).exists()
    assert house.path(key).read_bytes() == b"abc"


@pytest.mark.parametrize("breaks", ["before", "after"])
async def test_a_breakdown_at_the_commit_leaves_no_row_and_the_bytes_to_the_sweep(
    house: RegistryHouse, breaks: str
) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    finish = finish_over(house, _WatchedStore(house, breaks))
    with pytest.raises(Unavailable):
        await finish.upload(ADMIN, APP, upload.upload_id, Digest.of(b"abc"), chunk_of(b"abc"))

    assert await house.one("SELECT COUNT(*) FROM blob") == 0
    assert await house.findings() == []
    house.clock.wind(timedelta(days=30).total_seconds())
    await house.sweep.run()
    assert [key async for key in house.blobs.keys()] == []  # noqa: SIM118 - no dict
    assert await trash_of(house) == []


@pytest.mark.parametrize("breaks", ["before", "after"])
async def test_after_a_breakdown_at_the_commit_the_same_put_succeeds(
    house: RegistryHouse, breaks: str
) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    digest = Digest.of(b"abc")
    with pytest.raises(Unavailable):
        await finish_over(house, _WatchedStore(house, breaks)).upload(
            ADMIN, APP, upload.upload_id, digest, chunk_of(b"abc")
        )

    assert await house.finish.upload(ADMIN, APP, upload.upload_id, digest, None) == digest


async def test_a_put_repeated_between_bytes_and_rows_does_not_end_the_first(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    digest = Digest.of(b"abc")
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))
    second: list[BaseException] = []

    class _Repeats(_WatchedStore):
        async def commit(self, spool_key: str, key: str) -> None:
            await super().commit(spool_key, key)
            with pytest.raises(UploadBusy) as refused:
                await house.finish.upload(ADMIN, APP, upload.upload_id, digest, None)
            second.append(refused.value)

    assert (
        await finish_over(house, _Repeats(house)).upload(ADMIN, APP, upload.upload_id, digest, None) == digest
    )
    assert len(second) == 1


async def test_the_second_upload_of_the_same_content_leaves_no_second_copy(house: RegistryHouse) -> None:
    await house.push_blob(b"abc")
    await house.push_blob(b"abc")
    await house.sweep.run()

    assert len([key async for key in house.blobs.keys()]) == 1  # noqa: SIM118 - no dict
    assert await trash_of(house) == []


async def test_acknowledged_bytes_that_are_lost_end_the_upload(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))
    house.path(upload.key).write_bytes(b"a")

    with pytest.raises(UploadUnknown):
        await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"d"))
    assert await house.one("SELECT COUNT(*) FROM upload") == 0


async def test_bytes_beyond_the_acknowledged_ones_are_cut_off(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))
    with house.path(upload.key).open("ab") as file:
        file.write(b"torn")

    digest = await house.finish.upload(ADMIN, APP, upload.upload_id, Digest.of(b"abcd"), chunk_of(b"d"))
    assert digest == Digest.of(b"abcd")


async def test_bytes_that_cannot_be_deleted_are_tried_again_later(house: RegistryHouse) -> None:
    upload = await house.uploads.start(ADMIN, APP)
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))
    await house.uploads.cancel(ADMIN, APP, upload.upload_id)
    with pytest.raises(Unavailable):
        await Sweep(house.database, _WatchedStore(house), house.clock).run()

    assert await house.rows("SELECT key, attempts FROM trash") == [(upload.key, 1)]
    assert await house.sweep.run() == 0
    house.clock.wind(300)
    assert await house.sweep.run() == 1
    assert not house.path(upload.key).exists()


async def test_a_sweep_of_many_keys_takes_several_batches(house: RegistryHouse) -> None:
    async with house.database.write() as work:
        await work.run_many(
            "INSERT INTO trash (key, delete_after) VALUES (:key, 0)",
            [{"key": f"uploads/{number:026}"} for number in range(1_001)],
        )

    assert await house.sweep.run() == 1_001
    assert await trash_of(house) == []


async def test_check_finds_nothing_in_a_sound_registry_with_uploads_under_way(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    upload = await house.uploads.start(ADMIN, APP)
    await house.uploads.append(ADMIN, APP, upload.upload_id, chunk_of(b"abc"))

    report = await house.check.run(is_deep=True)

    assert report.is_clean
    assert (report.blobs, report.manifests, report.keys) == (2, 1, 5)
    assert report.bytes_read == len(b"layer") + len(CONFIG)


async def test_check_finds_missing_bytes_and_bytes_of_another_size(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    keys = {str(digest): str(key) for digest, key in await house.rows("SELECT digest, key FROM blob")}
    house.path(keys[str(Digest.of(b"layer"))]).unlink()
    house.path(keys[str(Digest.of(CONFIG))]).write_bytes(b"{} ")

    assert sorted(await house.findings(is_deep=False)) == ["misfit", "missing"]


async def test_check_finds_bytes_that_rotted_only_when_it_looks_deep(house: RegistryHouse) -> None:
    await house.push_blob(b"layer")
    key = str(await house.one("SELECT key FROM blob"))
    house.path(key).chmod(0o600)
    house.path(key).write_bytes(b"rayel")

    assert await house.findings(is_deep=False) == []
    assert await house.findings() == ["corrupt"]


async def test_check_finds_a_manifest_that_rotted(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    async with house.database.write() as work:
        await work.run("UPDATE manifest_body SET body = :body", {"body": b"rot"})

    assert await house.findings() == ["corrupt"]


async def test_check_finds_a_manifest_whose_blob_the_repository_lost(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    async with house.database.write() as work:
        await work.run("DELETE FROM repo_blob WHERE digest = :digest", {"digest": str(Digest.of(b"layer"))})

    assert await house.findings() == ["dangling"]


async def test_check_finds_bytes_that_nobody_knows(house: RegistryHouse) -> None:
    digest = await house.push_blob(b"layer")
    stranger = house.directory / "blobs" / digest.hex[:2] / f"{digest.hex}.{'0' * 26}"
    stranger.write_bytes(b"who")
    (house.directory / "uploads" / ("1" * 26)).write_bytes(b"who")

    assert await house.findings() == ["stranger", "stranger"]
