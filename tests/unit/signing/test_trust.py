"""What time does to trust data, and what goes with a repository."""

import json

import pytest

from havre.kernel.actor import Origin, anonymous
from havre.kernel.errors import Denied, Unauthenticated
from havre.registry.events import RepositoryDeleted
from havre.signing import ChangePage, Gun, Wanted
from havre.signing.errors import ChangesInvalid, GunInvalid, MetadataUnknown, RoleInvalid, UpdateInvalid
from kit.house import ADMIN
from kit.publisher import document
from unit.signing.trust_house import DAY_S, HOST, TrustHouse


async def test_a_timestamp_is_signed_again_before_it_expires(trust: TrustHouse) -> None:
    await trust.first()
    assert await trust.refresh.run() == 0  # it is fresh

    trust.house.clock.wind(11 * DAY_S)

    assert await trust.refresh.run() == 1
    assert json.loads(await trust.get("timestamp"))["signed"]["version"] == 2
    assert json.loads(await trust.get("snapshot"))["signed"]["version"] == 1
    assert await trust.refresh.run() == 0
    assert await trust.house.events("trust.refreshed") == [trust.gun.text]


async def test_whoever_asks_for_one_that_is_over_gets_a_new_one(trust: TrustHouse) -> None:
    await trust.first()
    trust.house.clock.wind(15 * DAY_S)

    found = json.loads(await trust.get("timestamp"))

    assert found["signed"]["version"] == 2
    assert found["signed"]["expires"] > trust.house.clock.now().isoformat()


async def test_a_snapshot_is_signed_again_with_its_timestamp(
    trust: TrustHouse,
) -> None:
    await trust.first()
    trust.house.clock.wind(3 * 365 * DAY_S)

    snapshot, timestamp = await trust.get("snapshot"), json.loads(await trust.get("timestamp"))

    assert json.loads(snapshot)["signed"]["version"] == 2
    assert timestamp["signed"]["meta"]["snapshot"]["length"] == len(snapshot)


async def test_what_newer_documents_took_the_place_of_goes_after_a_month_and_roots_stay(
    trust: TrustHouse,
) -> None:
    await trust.first()
    await trust.publish.run(
        ADMIN, trust.gun, [("targets", document(trust.targets_words(2), [trust.targets]))]
    )
    trust.house.clock.wind(40 * DAY_S)

    await trust.refresh.run()

    assert json.loads(await trust.get("targets", 2))["signed"]["version"] == 2
    assert await trust.get("root", 1)
    with pytest.raises(MetadataUnknown):
        await trust.get("targets", 1)


async def test_a_deleted_repository_takes_its_trust_data_along(trust: TrustHouse) -> None:
    await trust.first()
    event = RepositoryDeleted(actor=ADMIN, resource="library/app", project_id=1, artifacts=0)
    async with trust.house.database.write() as work:
        await trust.forget(work, event)

    with pytest.raises(MetadataUnknown):
        await trust.get("root")
    changes = await trust.changes.run(ADMIN, trust.gun, ChangePage(0))
    assert [one.category for one in changes] == ["update", "deletion"]
    assert await trust.house.one("SELECT COUNT(*) FROM trust_key") == 0


async def test_a_key_that_no_root_names_yet_is_given_again(trust: TrustHouse) -> None:
    first = await trust.keys.rotate(ADMIN, trust.gun, "timestamp")

    assert await trust.keys.rotate(ADMIN, trust.gun, "timestamp") == first
    assert await trust.keys.get(ADMIN, trust.gun, "timestamp") == first
    assert await trust.keys.get(ADMIN, trust.gun, "snapshot") != first
    assert await trust.house.one("SELECT COUNT(*) FROM trust_key") == 2


async def test_a_key_in_force_stays_until_a_root_names_the_next_one(trust: TrustHouse) -> None:
    await trust.first()
    active = await trust.keys.get(ADMIN, trust.gun, "timestamp")

    pending = await trust.keys.rotate(ADMIN, trust.gun, "timestamp")

    assert pending != active
    assert await trust.keys.get(ADMIN, trust.gun, "timestamp") == active


async def test_keys_are_unreadable_at_rest(trust: TrustHouse) -> None:
    await trust.first()

    for (private,) in await trust.house.rows("SELECT private FROM trust_key"):
        assert isinstance(private, bytes | memoryview)
        assert bytes(private)[0] == 1  # the vault's format, not DER


@pytest.mark.parametrize("role", ["root", "targets", "targets/a", ""])
async def test_keys_of_other_roles_are_not_held(trust: TrustHouse, role: str) -> None:
    with pytest.raises(RoleInvalid):
        await trust.keys.get(ADMIN, trust.gun, role)


async def test_a_publication_without_root_is_refused_and_noted(trust: TrustHouse) -> None:
    with pytest.raises(UpdateInvalid, match="no root"):
        await trust.publish.run(
            ADMIN, trust.gun, [("targets", document(trust.targets_words(1), [trust.targets]))]
        )

    assert await trust.house.events("trust.refused") == [trust.gun.text]
    assert await trust.house.one("SELECT COUNT(*) FROM trust_collection") == 0


async def test_strangers_read_public_trust_data_and_change_nothing(trust: TrustHouse) -> None:
    await trust.first()
    stranger = anonymous(Origin())

    body, _ = await trust.read.run(stranger, trust.gun, Wanted("root"))

    assert body
    for ask in (
        trust.keys.get(stranger, trust.gun, "timestamp"),
        trust.keys.rotate(stranger, trust.gun, "timestamp"),
        trust.delete.run(stranger, trust.gun),
        trust.changes.run(stranger, None, ChangePage(1)),
    ):
        with pytest.raises((Denied, Unauthenticated)):
            await ask


async def test_changes_are_told_forwards_and_backwards(trust: TrustHouse) -> None:
    await trust.first()
    for version in (2, 3, 4):
        body = document(trust.targets_words(version), [trust.targets])
        await trust.publish.run(ADMIN, trust.gun, [("targets", body)])

    async def versions(records: int, change_id: int = 0) -> list[int]:
        found = await trust.changes.run(ADMIN, None, ChangePage(records, change_id))
        return [one.version for one in found]

    assert await versions(0) == [1, 2, 3, 4]
    assert await versions(2) == [1, 2]
    assert await versions(2, 2) == [3, 4]
    assert await versions(-2, 4) == [2, 3]
    assert await versions(1, -1) == [4]
    assert await versions(-2) == [3, 4]


@pytest.mark.parametrize(("records", "change"), [(None, None), ("x", None), ("1", "y"), ("9" * 20, None)])
def test_changes_that_are_asked_for_wrongly(records: str | None, change: str | None) -> None:
    with pytest.raises(ChangesInvalid):
        ChangePage.parse(records, change)


@pytest.mark.parametrize(
    ("text", "repository"),
    [
        (f"{HOST}/library/app", "library/app"),
        ("library/app", "library/app"),
        ("team.one/app", "team.one/app"),
        (f"{HOST}/team/deep/er", "team/deep/er"),
    ],
)
def test_names_that_stand_for_a_repository(text: str, repository: str) -> None:
    assert Gun.parse(text, {HOST}).repository.text == repository


@pytest.mark.parametrize(
    "text",
    [
        *("", "app", f"{HOST}/app", f"{HOST}/", "other.test:5000/library/app", "Library/App", "a//b"),
        *("library/../app", "x" * 300, f"{HOST}/library/app\n", "localhost:5000/a/b"),
    ],
)
def test_names_that_stand_for_none(text: str) -> None:
    with pytest.raises(GunInvalid):
        Gun.parse(text, {HOST})
