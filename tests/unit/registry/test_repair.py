"""`havre check` finds what is forgotten, listed wrongly or strange; `--repair` puts it right without loss."""

from collections.abc import Sequence

from havre.kernel.digest import Digest
from havre.registry import Collect
from kit.house import ADMIN, APP, RegistryHouse

DAY = 24 * 3600


async def repaired(house: RegistryHouse) -> list[str]:
    """Check, repair, and list the kinds of what was done."""
    report = await house.check.run(is_deep=False)
    return [one.kind for one in await house.repair.run(report)]


async def write(house: RegistryHouse, *statements: str) -> None:
    """Break something."""
    async with house.database.write() as work:
        for statement in statements:
            await work.run(statement)


async def keys(house: RegistryHouse) -> Sequence[str]:
    """What is in storage."""
    return sorted([key async for key, _ in house.blobs.keys()])  # noqa: SIM118 - no dict


async def test_a_forgotten_blob_is_found_and_gets_its_review(house: RegistryHouse) -> None:
    digest = await house.push_blob(b"layer")
    await write(house, "DELETE FROM gc_queue")
    assert await house.findings() == ["forgotten"]

    assert await repaired(house) == ["forgotten"]

    assert await house.findings() == []
    assert (await Collect(house.database, house.clock, house.settings).run()).blobs == 0
    house.clock.wind(DAY + 60)
    assert (await Collect(house.database, house.clock, house.settings).run()).blobs == 1
    assert await house.rows("SELECT digest FROM blob WHERE digest = :digest", {"digest": str(digest)}) == []


async def test_a_blob_that_was_pushed_into_an_image_meanwhile_is_not_lost_by_the_repair(
    house: RegistryHouse,
) -> None:
    await house.push_blob(b"layer")
    await write(house, "DELETE FROM gc_queue")
    report = await house.check.run(is_deep=False)
    await house.push_image(b"layer")

    await house.repair.run(report)
    house.clock.wind(2 * DAY)
    await Collect(house.database, house.clock, house.settings).run()

    assert (await house.pull.blob(ADMIN, APP, Digest.of(b"layer"))).size == len(b"layer")
    assert await house.findings() == []


async def test_a_stranger_is_not_deleted_before_a_day_has_passed(house: RegistryHouse) -> None:
    digest = await house.push_blob(b"layer")
    stranger = house.directory / "blobs" / digest.hex[:2] / f"{digest.hex}.{'0' * 26}"
    stranger.write_bytes(b"who")

    assert await repaired(house) == ["stranger"]

    assert await house.findings() == []
    house.clock.wind(DAY - 60)
    await house.sweep.run()
    assert stranger.exists()
    house.clock.wind(120)
    await house.sweep.run()
    assert not stranger.exists()
    assert len(await keys(house)) == 1


async def test_a_manifest_that_is_listed_wrongly_is_found_and_listed_anew(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    await write(house, "UPDATE manifest SET is_listed = NOT is_listed")
    assert await house.findings() == ["mislisted"]

    assert await repaired(house) == ["mislisted"]

    assert await house.findings() == []
    assert await house.one("SELECT is_listed FROM manifest") == 1


async def test_rows_of_the_trash_whose_bytes_are_long_gone_are_forgotten_and_others_stay(
    house: RegistryHouse,
) -> None:
    await house.push_blob(b"layer")
    upload = await house.uploads.start(ADMIN, APP)
    await write(house, f"INSERT INTO trash (key, delete_after) VALUES ('uploads/{'7' * 26}', 1)")
    before = await house.rows("SELECT key FROM trash ORDER BY key")

    assert await repaired(house) == ["overdue"]

    after = await house.rows("SELECT key FROM trash ORDER BY key")
    assert [row for row in before if row not in after] == [(f"uploads/{'7' * 26}",)]
    await house.uploads.cancel(ADMIN, APP, upload.upload_id)


async def test_lost_bytes_are_told_with_the_images_they_hurt_and_no_row_is_removed(
    house: RegistryHouse,
) -> None:
    image = await house.push_image(b"layer")
    [(key,)] = await house.rows(
        "SELECT key FROM blob WHERE digest = :digest", {"digest": str(Digest.of(b"layer"))}
    )
    house.path(str(key)).unlink()
    report = await house.check.run(is_deep=False)

    [finding] = report.findings
    assert finding.kind == "missing"
    assert f"hurt: library/app@{image} (v1)" in finding.what
    assert await house.repair.run(report) == []
    assert await house.findings() == ["missing"]
