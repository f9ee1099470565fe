"""HEAD of a blob: keeps it for a pusher, and writes only when a review is near."""

import pytest

from havre.kernel.actor import Actor, ActorKind
from havre.kernel.digest import Digest
from havre.registry import Collect
from havre.registry.errors import BlobUnknown
from kit.house import ADMIN, APP, RegistryHouse, token_actor

DAY = 24 * 3600
PULLER = token_actor(**{APP.text: ["pull"]})
PUSHER = token_actor(**{APP.text: ["pull", "push"]})


async def review(house: RegistryHouse) -> object:
    """The moment at which the only blob is reviewed."""
    return await house.one("SELECT review_after FROM gc_queue WHERE kind = 'blob'")


async def test_a_pusher_who_asks_keeps_the_blob_for_another_grace_period(house: RegistryHouse) -> None:
    digest = await house.push_blob(b"layer")
    house.clock.wind(DAY - 60)
    found = await house.stat_blob.blob(PUSHER, APP, digest)
    house.clock.wind(DAY - 60)

    assert found.size == len(b"layer")
    assert (await Collect(house.database, house.clock, house.settings).run()).blobs == 0
    await house.stat_blob.blob(ADMIN, APP, digest)
    house.clock.wind(DAY + 60)
    assert (await Collect(house.database, house.clock, house.settings).run()).blobs == 1


@pytest.mark.parametrize("who", [PULLER, Actor(ActorKind.ANONYMOUS)])
async def test_whoever_may_not_push_postpones_nothing(house: RegistryHouse, who: Actor) -> None:
    digest = await house.push_blob(b"layer")
    before = await review(house)
    house.clock.wind(DAY - 60)

    await house.stat_blob.blob(who, APP, digest)

    assert await review(house) == before


async def test_asking_again_and_again_writes_once_in_a_quarter_of_the_grace_period(
    house: RegistryHouse,
) -> None:
    digest = await house.push_blob(b"layer")
    seen = [await review(house)]
    for _ in range(16):
        house.clock.wind(DAY // 16)
        for _ in range(3):
            await house.stat_blob.blob(PUSHER, APP, digest)
            seen.append(await review(house))

    assert 3 <= len(set(seen)) - 1 <= 4
    assert seen == sorted(seen, key=lambda moment: int(str(moment)))


async def test_a_blob_that_a_manifest_names_costs_no_write(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    before = await house.rows("SELECT digest, lease_until FROM repo_blob ORDER BY digest")
    house.clock.wind(DAY - 60)

    await house.stat_blob.blob(PUSHER, APP, Digest.of(b"layer"))

    assert await house.rows("SELECT digest, lease_until FROM repo_blob ORDER BY digest") == before
    assert await house.one("SELECT COUNT(*) FROM gc_queue") == 0


async def test_a_blob_that_is_not_there_is_unknown(house: RegistryHouse) -> None:
    await house.push_image(b"layer")

    with pytest.raises(BlobUnknown):
        await house.stat_blob.blob(PUSHER, APP, Digest.of(b"other"))
