"""Quotas on both engines: counted once, held at every door, freed, told of, not serialising."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from havre.access.errors import ProjectUnknown
from havre.kernel.actor import Actor, ActorKind
from havre.kernel.digest import Digest
from havre.kernel.errors import Denied
from havre.kernel.names import RepositoryName, Tag
from havre.kernel.pages import PageRequest
from havre.kernel.work import Reader
from havre.projects import CreateProject
from havre.projects.errors import MetadataInvalid
from havre.projects.model import NewProject
from havre.registry import Chunk, CopySource
from havre.registry.errors import QuotaExceeded, QuotaUnknown, UploadUnknown
from havre.registry.model import QuotaFilter
from havre.registry.store import quotas
from havre.system import UpdateConfiguration
from kit.house import ADMIN, CONFIG, RegistryHouse, chunk_of, encode, image, open_registry
from kit.postgres import Postgres

A, B = RepositoryName.parse("small/a"), RepositoryName.parse("small/b")


@pytest.fixture(params=["sqlite", "postgres"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RegistryHouse]:
    """A registry over either engine."""
    url = None
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.fresh()
    async with open_registry(tmp_path, url) as opened:
        yield opened


async def limit(house: RegistryHouse, size_bytes: int) -> int:
    """Make the project `small` with this limit."""
    create = CreateProject(house.database, house.clock, house.configuration)
    return (await create.create(ADMIN, NewProject("small", storage_limit_bytes=size_bytes))).id


async def used(house: RegistryHouse, number: int) -> int:
    return (await house.quotas.get(ADMIN, number)).used_bytes


async def test_content_counts_once_in_a_project_however_many_repositories_hold_it(
    house: RegistryHouse,
) -> None:
    number = await limit(house, -1)

    await house.push_image(b"x" * 100, name=A)
    alone = await used(house, number)
    await house.push_image(b"x" * 100, name=B)

    assert alone == 100 + len(CONFIG) + len(encode(image(b"x" * 100)))
    assert await used(house, number) == alone


async def test_a_blob_that_does_not_fit_is_refused_with_the_numbers_and_leaves_nothing(
    house: RegistryHouse,
) -> None:
    number = await limit(house, 100)
    await house.push_blob(b"x" * 60, A)

    with pytest.raises(QuotaExceeded, match="small holds 60 of 100 bytes: 41 more"):
        await house.push_blob(b"y" * 41, A)

    assert await used(house, number) == 60
    await house.push_blob(b"z" * 40, A)
    assert await used(house, number) == 100


async def test_what_the_project_has_already_fits_always(house: RegistryHouse) -> None:
    await limit(house, 100)
    await house.push_blob(b"x" * 100, A)

    await house.push_blob(b"x" * 100, B)

    assert await house.mount.blob(ADMIN, A, Digest.of(b"x" * 100), B)


async def test_a_chunk_that_cannot_fit_is_refused_before_a_byte_is_taken(house: RegistryHouse) -> None:
    await limit(house, 100)
    await house.push_blob(b"x" * 60, A)
    upload = await house.uploads.start(ADMIN, A)
    await house.uploads.append(ADMIN, A, upload.upload_id, chunk_of(b"y" * 39))
    taken: list[int] = []

    async def drain(write: Callable[[memoryview], None]) -> int:
        taken.append(1)
        return 0

    await house.uploads.append(ADMIN, A, upload.upload_id, chunk_of(b"y" * 21))  # as large as the one there
    with pytest.raises(QuotaExceeded, match="small holds 60 of 100 bytes: 61 more"):
        await house.uploads.append(ADMIN, A, upload.upload_id, Chunk(drain, length=1))

    assert taken == []
    with pytest.raises(UploadUnknown):
        await house.uploads.find(ADMIN, A, upload.upload_id)
    assert await house.events("quota.exceeded") == ["small"]


async def test_a_chunk_of_unknown_length_is_refused_where_it_passes_what_is_free(
    house: RegistryHouse,
) -> None:
    await limit(house, 1000)
    upload = await house.uploads.start(ADMIN, A)
    written: list[int] = []

    async def drain(write: Callable[[memoryview], None]) -> int:
        for _ in range(1000):
            await asyncio.to_thread(write, memoryview(b"z" * 100))
            written.append(100)
        return sum(written)

    with pytest.raises(QuotaExceeded):
        await house.uploads.append(ADMIN, A, upload.upload_id, Chunk(drain))

    assert 1000 <= sum(written) < 100_000


async def test_chunks_of_what_the_project_has_already_fit_always(house: RegistryHouse) -> None:
    await limit(house, 100)
    await house.push_blob(b"x" * 100, A)
    upload = await house.uploads.start(ADMIN, B)

    for piece in (b"x" * 70, b"x" * 30):
        await house.uploads.append(ADMIN, B, upload.upload_id, chunk_of(piece))

    assert await house.finish.upload(ADMIN, B, upload.upload_id, Digest.of(b"x" * 100), None)


async def test_a_project_over_its_limit_takes_no_new_upload(house: RegistryHouse) -> None:
    number = await limit(house, -1)
    await house.push_blob(b"x" * 100, A)
    await house.quotas.update(ADMIN, number, 99)

    with pytest.raises(QuotaExceeded):
        await house.uploads.start(ADMIN, A)


async def test_a_manifest_that_does_not_fit_is_refused(house: RegistryHouse) -> None:
    await limit(house, 110)
    await house.push_blob(b"x" * 100, A)
    await house.push_blob(CONFIG, A)

    with pytest.raises(QuotaExceeded):
        await house.push_manifest(image(b"x" * 100), "v1", A)

    assert await house.one("SELECT COUNT(*) FROM manifest") == 0


async def test_a_mount_that_does_not_fit_is_refused(house: RegistryHouse) -> None:
    await limit(house, 99)
    digest = await house.push_blob(b"x" * 100)

    with pytest.raises(QuotaExceeded):
        await house.mount.blob(ADMIN, A, digest, RepositoryName.parse("library/app"))


async def test_a_copy_that_does_not_fit_is_rolled_back_and_told_of(house: RegistryHouse) -> None:
    number = await limit(house, 150)
    await house.push_image(b"x" * 100)

    with pytest.raises(QuotaExceeded):
        await house.copy.artifact(ADMIN, CopySource(RepositoryName.parse("library/app"), Tag("v1")), A)

    assert await used(house, number) == 0
    assert await house.events("quota.exceeded") == ["small"]
    await house.quotas.update(ADMIN, number, 1000)
    await house.copy.artifact(ADMIN, CopySource(RepositoryName.parse("library/app"), Tag("v1")), A)
    assert await used(house, number) > 100


async def test_what_goes_is_free_at_once(house: RegistryHouse) -> None:
    number = await limit(house, 1000)
    await house.push_image(b"x" * 300, name=A)
    with pytest.raises(QuotaExceeded):
        await house.push_blob(b"y" * 300, B)

    await house.delete_repository.delete(ADMIN, A)

    await house.push_blob(b"y" * 300, B)
    assert await used(house, number) == 300


async def test_pushes_at_once_do_not_pass_the_limit_together(house: RegistryHouse) -> None:
    number = await limit(house, 100)
    bodies = [bytes([letter]) * 30 for letter in b"abcdefgh"]

    outcomes = await asyncio.gather(*(house.push_blob(body, A) for body in bodies), return_exceptions=True)

    assert sum(isinstance(outcome, Digest) for outcome in outcomes) == 3
    assert {type(outcome) for outcome in outcomes} == {Digest, QuotaExceeded}
    assert await used(house, number) == 90


async def test_a_push_does_not_wait_for_another_one_of_the_same_project(house: RegistryHouse) -> None:
    """A row of the quota that a push locked would let the second push wait for ever here."""
    if "postgres" not in type(house.database).__name__.lower():
        pytest.skip("SQLite writes one transaction at a time")
    number = await limit(house, 1000)
    await house.push_blob(b"x", B)

    async with house.database.write() as work:
        await work.first("SELECT told FROM project_quota WHERE project_id = :id FOR UPDATE", {"id": number})
        async with asyncio.timeout(20):
            await house.push_blob(b"y" * 60, B)

    assert await used(house, number) == 61


async def test_a_warning_and_a_refusal_are_told_once_until_there_is_room_again(house: RegistryHouse) -> None:
    await limit(house, 100)
    await house.push_blob(b"x" * 84, A)
    assert await house.events("quota.warned") == []

    await house.push_blob(b"y", A)
    await house.push_blob(b"z", A)
    for letter in (b"a", b"b"):
        with pytest.raises(QuotaExceeded):
            await house.push_blob(letter * 50, A)

    assert await house.events("quota.warned") == ["small"]
    assert await house.events("quota.exceeded") == ["small"]


async def test_another_process_sees_what_was_pushed_after_a_few_seconds(
    house: RegistryHouse, tmp_path: Path
) -> None:
    await limit(house, 100)
    await house.push_blob(b"x" * 10, A)  # counted here
    await house.push_blob(b"y" * 80, A)
    house.quota._counts.clear()
    await house.push_blob(b"1", A)
    async with house.database.write() as work:  # what another process links
        await work.run("UPDATE blob SET size = 99 WHERE digest = :digest", {"digest": str(Digest.of(b"1"))})

    house.clock.wind(seconds=6)

    with pytest.raises(QuotaExceeded):
        await house.push_blob(b"zz", A)


async def test_no_limit_holds_while_quotas_are_switched_off(house: RegistryHouse) -> None:
    await limit(house, 1)
    update = UpdateConfiguration(house.database, house.configuration)

    await update.update(ADMIN, {"quota_per_project_enable": False})

    await house.push_blob(b"x" * 100, A)


async def test_a_new_project_gets_the_configured_limit(house: RegistryHouse) -> None:
    update = UpdateConfiguration(house.database, house.configuration)
    await update.update(ADMIN, {"storage_per_project": 5000})

    number = await house.project("plain")

    assert (await house.quotas.get(ADMIN, number)).limit_bytes == 5000


async def test_quotas_are_listed_by_what_is_used_and_by_the_limit(house: RegistryHouse) -> None:
    small = await limit(house, 500)
    other = await house.project("other")
    await house.push_blob(b"x" * 10, RepositoryName.parse("other/a"))
    await house.push_blob(b"x" * 20, A)

    async def listed(wanted: QuotaFilter) -> list[int]:
        page = await house.quotas.list(ADMIN, wanted, PageRequest(1, 2))
        return [one.project_id for one in page.items]

    assert await listed(QuotaFilter(sort="-used.storage")) == [small, other]
    assert await listed(QuotaFilter(sort="-hard.storage")) == [small, 1]
    assert await listed(QuotaFilter(sort="used.storage")) == [1, other]
    assert await listed(QuotaFilter(other)) == [other]
    page = await house.quotas.list(ADMIN, QuotaFilter(), PageRequest(1, 2))
    assert (page.total, [one.used_bytes for one in page.items]) == (3, [0, 20])


async def test_a_limit_is_changed_by_administrators_within_bounds(house: RegistryHouse) -> None:
    number = await limit(house, 500)
    stranger = Actor(ActorKind.USER, "ann", user_id=7)

    for wrong in (0, -2, (1 << 50) + 1):
        with pytest.raises(MetadataInvalid):
            await house.quotas.update(ADMIN, number, wrong)
    with pytest.raises(QuotaUnknown):
        await house.quotas.update(ADMIN, 4711, 5)
    with pytest.raises(Denied):
        await house.quotas.update(stranger, number, 5)
    await house.quotas.update(ADMIN, number, 1 << 50)

    assert (await house.quotas.get(ADMIN, number)).limit_bytes == 1 << 50
    assert await house.events("quota.updated") == ["small"]


async def test_the_quota_of_a_project_is_hidden_from_whoever_may_not_see_it(house: RegistryHouse) -> None:
    number = await limit(house, 500)

    assert await house.quotas.of_project(ADMIN, number) is not None
    with pytest.raises(ProjectUnknown):
        await house.quotas.of_project(ADMIN, 4711)


async def test_a_push_that_ends_while_the_rows_are_counted_is_not_missed(
    house: RegistryHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count is read before the other push's row is there, and used after the push has ended."""
    await limit(house, 50)
    other = asyncio.Event()
    used_bytes = quotas.used_bytes

    async def slow(reader: Reader, project_id: int) -> int:
        used = await used_bytes(reader, project_id)
        if not other.is_set():
            other.set()
            await house.push_blob(b"x" * 30, A)
        return used

    monkeypatch.setattr(quotas, "used_bytes", slow)
    with pytest.raises(QuotaExceeded):
        await house.push_blob(b"y" * 30, B)
