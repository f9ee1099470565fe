"""What every place for bytes behind the BlobStore port promises."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from havre.adapters.blobs import FilesystemBlobStore, MemoryBlobStore
from havre.kernel.errors import Unavailable
from havre.kernel.ids import new_ulid
from havre.registry.ports import BlobStore, SpoolBusy, SpoolLost

CONTENT = os.urandom(3_000_000)


@pytest.fixture(params=["filesystem", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    return FilesystemBlobStore(tmp_path / "data") if request.param == "filesystem" else MemoryBlobStore()


def spool_key() -> str:
    return f"uploads/{new_ulid()}"


def blob_key(content: bytes) -> str:
    encoded = hashlib.sha256(content).hexdigest()
    return f"blobs/{encoded[:2]}/{encoded}.{new_ulid()}"


async def append(store: BlobStore, key: str, offset: int, *pieces: bytes) -> int:
    spool = await store.open_spool(key)
    try:
        await spool.resume_at(offset)
        for piece in pieces:
            spool.write(memoryview(piece))
        await spool.sync()
        return spool.offset
    finally:
        await spool.close()


async def put(store: BlobStore, content: bytes) -> str:
    key, upload = blob_key(content), spool_key()
    await append(store, upload, 0, content)
    await store.commit(upload, key)
    await store.delete([upload])
    return key


async def listing(store: BlobStore) -> list[tuple[str, int]]:
    return [found async for found in store.keys()]  # noqa: SIM118 - a store is no dictionary


async def content_of(store: BlobStore, key: str, offset: int, count: int) -> bytes:
    return b"".join([piece async for piece in store.read(key, offset, count)])


async def test_bytes_in_are_bytes_out(store: BlobStore) -> None:
    key = await put(store, CONTENT)

    assert await store.size_of(key) == len(CONTENT)
    assert await content_of(store, key, 0, len(CONTENT)) == CONTENT
    assert await content_of(store, key, 1_048_570, 20) == CONTENT[1_048_570:1_048_590]
    assert set(await listing(store)) == {(key, len(CONTENT))}


async def test_an_upload_goes_on_where_it_was_acknowledged(store: BlobStore) -> None:
    key = spool_key()

    assert await append(store, key, 0, CONTENT[:1000], b"not acknowledged") == 1016
    assert await append(store, key, 1000, CONTENT[1000:]) == len(CONTENT)
    hasher = hashlib.sha256()
    await store.hash_spool(key, hasher, len(CONTENT))
    assert hasher.digest() == hashlib.sha256(CONTENT).digest()


async def test_a_spool_is_for_one_request_at_a_time(store: BlobStore) -> None:
    key = spool_key()
    spool = await store.open_spool(key)

    with pytest.raises(SpoolBusy):
        await store.open_spool(key)
    await spool.close()
    await spool.close()
    await (await store.open_spool(key)).close()


async def test_fewer_bytes_than_acknowledged_is_a_lost_spool(store: BlobStore) -> None:
    key = spool_key()
    await append(store, key, 0, b"1234")

    with pytest.raises(SpoolLost):
        await append(store, key, 5, b"x")
    with pytest.raises(SpoolLost):
        await store.hash_spool(key, hashlib.sha256(), 5)
    with pytest.raises(SpoolLost):
        await append(store, spool_key(), 1, b"x")


async def test_an_empty_blob_can_be_stored(store: BlobStore) -> None:
    key, upload = blob_key(b""), spool_key()
    spool = await store.open_spool(upload)
    await spool.resume_at(0)
    await store.commit(upload, key)
    await spool.close()

    assert await store.size_of(key) == 0


async def test_a_spool_opened_for_nothing_leaves_no_bytes_behind(store: BlobStore) -> None:
    await (await store.open_spool(spool_key())).close()

    assert await listing(store) == []


async def test_a_spool_stays_and_stays_locked_while_it_is_committed(store: BlobStore) -> None:
    key, upload = blob_key(b"1"), spool_key()
    spool = await store.open_spool(upload)
    await spool.resume_at(0)
    spool.write(memoryview(b"1"))
    await store.commit(upload, key)

    with pytest.raises(SpoolBusy):
        await store.open_spool(upload)
    await spool.close()
    await store.delete([upload])
    assert await content_of(store, key, 0, 1) == b"1"


async def test_deleting_is_for_good_and_missing_is_success(store: BlobStore) -> None:
    key, other = await put(store, b"gone"), await put(store, b"stays")

    await store.delete([key, blob_key(b"never there"), spool_key()])

    assert await store.size_of(key) is None
    assert await listing(store) == [(other, 5)]
    with pytest.raises(Unavailable):
        await content_of(store, key, 0, 1)


async def test_reading_beyond_the_end_is_an_error_never_a_short_answer(store: BlobStore) -> None:
    key = await put(store, b"1234")

    with pytest.raises(Unavailable):
        await content_of(store, key, 2, 3)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/etc/passwd",
        "uploads/../x",
        "uploads/.x",
        "blobs/ab/../../x",
        "uploads/a/b",
        "blobs/ab/x\n",
        "x/y",
    ],
)
async def test_a_key_that_is_a_path_trick_is_refused_everywhere(store: BlobStore, key: str) -> None:
    with pytest.raises(ValueError, match="no storage key"):
        await store.open_spool(key)
    with pytest.raises(ValueError, match="no storage key"):
        store.path_of(key)
    with pytest.raises(ValueError, match="no storage key"):
        await store.delete([key])
    with pytest.raises(ValueError, match="no storage key"):
        await store.size_of(key)


async def test_requests_cancelled_while_opening_leave_no_spool_locked(store: BlobStore) -> None:
    key = spool_key()
    for turns in range(20):
        task = asyncio.ensure_future(store.open_spool(key))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await (await task).close()
        except asyncio.CancelledError:
            pass
        except SpoolBusy:
            continue  # the one before is still being opened in its thread

    async with asyncio.timeout(5):
        while True:
            try:
                await (await store.open_spool(key)).close()
            except SpoolBusy:
                await asyncio.sleep(0)
            else:
                break
