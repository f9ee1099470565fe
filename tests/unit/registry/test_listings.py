"""Lists over /v2: tags, catalog, referrers."""

import pytest

from havre.kernel.actor import Actor, ActorKind, Grants, anonymous
from havre.kernel.digest import Digest
from havre.kernel.errors import Unauthenticated
from havre.kernel.names import RepositoryName
from havre.registry.errors import RepositoryUnknown
from havre.registry.formats.media_types import OCI_MANIFEST
from kit.house import ADMIN, APP, CONFIG, RegistryHouse, descriptor, encode, image, index

STRANGER = Actor(ActorKind.USER, "stranger", user_id=77)


async def test_tags_are_listed_bytewise_a_page_at_a_time(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)
    names = ["a", "B", "_", "a.1", "a-1", "Z9", "b", "0"]
    await house.push_manifest(image(), "a", tags=names)
    pages: list[str] = []
    after = ""
    while True:
        page = await house.tags.page(ADMIN, APP, after, 3)
        pages.extend(page.items)
        if page.next_after is None:
            break
        after = page.next_after

    assert pages == sorted(names)
    assert (await house.tags.page(ADMIN, APP, "", None)).items == sorted(names)
    assert (await house.tags.page(ADMIN, APP, "a0", None)).items == ["b"]
    assert (await house.tags.page(ADMIN, APP, "zzz", 1)).items == []


@pytest.mark.parametrize("size", [0, 8, 10**17])
async def test_a_page_that_holds_all_or_nothing_has_no_next(house: RegistryHouse, size: int) -> None:
    await house.push_blob(CONFIG)
    await house.push_manifest(image(), "t0", tags=[f"t{number}" for number in range(8)])

    page = await house.tags.page(ADMIN, APP, "", size)

    assert len(page.items) == min(size, 8)
    assert page.next_after is None


async def test_tags_of_a_repository_that_is_not_there_are_unknown(house: RegistryHouse) -> None:
    with pytest.raises(RepositoryUnknown):
        await house.tags.page(ADMIN, APP, "", None)


async def test_the_catalog_shows_what_was_pushed_to_and_what_the_caller_may_see(house: RegistryHouse) -> None:
    await house.project("secret")
    await house.push_image(b"layer", "v1", RepositoryName.parse("secret/app"))
    await house.push_image(b"layer")
    await house.push_image(b"layer", "v1", RepositoryName.parse("library/app-2"))
    await house.uploads.start(ADMIN, RepositoryName.parse("library/only-an-upload"))

    everything = await house.catalog.page(ADMIN, "", None)
    first = await house.catalog.page(ADMIN, "", 1)
    second = await house.catalog.page(ADMIN, str(first.next_after), 2)

    assert everything.items == ["library/app", "library/app-2", "secret/app"]
    assert [*first.items, *second.items] == everything.items
    assert second.next_after is None
    assert (await house.catalog.page(STRANGER, "", None)).items == ["library/app", "library/app-2"]
    assert (await house.catalog.page(ADMIN, "", 0)).items == []


async def test_the_catalog_is_not_for_everybody(house: RegistryHouse) -> None:
    with pytest.raises(Unauthenticated):
        await house.catalog.page(anonymous(), "", None)
    with pytest.raises(Unauthenticated):
        await house.catalog.page(Actor(ActorKind.USER, "x", user_id=77, grants=Grants()), "", None)


async def test_referrers_come_newest_first_with_their_types_and_annotations(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    subject = descriptor(encode(image(b"layer")), OCI_MANIFEST)
    plain = await house.push_manifest(image(subject=subject), "plain")
    typed = await house.push_manifest(
        image(subject=subject, artifactType="application/x.sig", annotations={"a": "b"}), "typed"
    )
    listed = await house.push_manifest(index(subject=subject), "listed")
    digest = Digest.of(encode(image(b"layer")))

    page = await house.referrers.page(ADMIN, APP, digest, None, None)
    signatures = await house.referrers.page(ADMIN, APP, digest, "application/x.sig", None)

    assert [one.digest for one in page.items] == [str(one.digest) for one in (listed, typed, plain)]
    assert [one.artifact_type for one in page.items] == [
        None,
        "application/x.sig",
        "application/vnd.oci.image.config.v1+json",
    ]
    assert page.items[1].annotations == {"a": "b"}
    assert page.next_after is None
    assert [one.digest for one in signatures.items] == [str(typed.digest)]


async def test_referrers_of_nothing_are_an_empty_page(house: RegistryHouse) -> None:
    page = await house.referrers.page(
        ADMIN, RepositoryName.parse("library/never"), Digest.of(b"x"), None, None
    )

    assert (page.items, page.next_after) == ([], None)


async def test_large_referrers_are_paged_so_that_clients_can_read_each_page(house: RegistryHouse) -> None:
    await house.push_blob(CONFIG)
    subject = descriptor(b"subject", OCI_MANIFEST)
    for number in range(5):
        await house.push_manifest(
            image(subject=subject, annotations={"n": f"{number}" * 900_000}), f"t{number}"
        )
    found: list[str] = []
    before: int | None = None
    pages = 0
    while True:
        page = await house.referrers.page(ADMIN, APP, Digest.of(b"subject"), None, before)
        found.extend(one.digest for one in page.items)
        pages += 1
        if page.next_after is None:
            break
        before = int(page.next_after)

    assert len(found) == len(set(found)) == 5
    assert pages == 3
