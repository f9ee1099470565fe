"""Immutable tags on both engines: what a rule refuses, what it lets pass, and from when on it binds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName, Tag
from havre.kernel.pages import PageRequest
from havre.registry import ArtifactFilters, ArtifactQuery, CopySource, Shown, TagPart
from havre.registry.errors import TagImmutable
from havre.retention import ChangeImmutableRules, RuleChanges, RuleWords, Selector
from kit.house import ADMIN, APP, CONFIG, RegistryHouse, encode, image, index, open_registry
from kit.postgres import Postgres

OTHER = RepositoryName.parse("library/other")
SAID = (
    r"Failed to process request due to 'library/app:v1' configured as immutable: rule 1 of project library "
    r"\(repositories matching \*\*, tags matching v\*\)"
)


@pytest.fixture(params=["sqlite", "postgres"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RegistryHouse]:
    """A registry over either engine."""
    url = None
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.fresh()
    async with open_registry(tmp_path, url) as opened:
        yield opened


def words(pattern: str = "v*", repositories: str = "**", decoration: str = "matches") -> RuleWords:
    return RuleWords(
        (Selector("doublestar", decoration, pattern),), (Selector("doublestar", "repoMatches", repositories),)
    )


def rules(house: RegistryHouse) -> ChangeImmutableRules:
    return ChangeImmutableRules(house.database, house.access, house.clock)


async def keep(house: RegistryHouse, wanted: RuleWords | None = None) -> int:
    return await rules(house).create(ADMIN, "library", wanted or words())


async def tag_digest(house: RegistryHouse, tag: str = "v1", name: str = "library/app") -> object:
    return await house.one(
        """SELECT t.digest FROM tag t JOIN repository r ON r.id = t.repo_id
           WHERE r.name = :name AND t.name = :tag""",
        {"name": name, "tag": tag},
    )


async def test_a_push_of_something_else_is_refused_and_leaves_nothing(house: RegistryHouse) -> None:
    first = await house.push_image(b"one")
    await keep(house)

    with pytest.raises(TagImmutable, match=SAID):
        await house.push_image(b"two")

    assert await tag_digest(house) == str(first)
    assert await house.one("SELECT COUNT(*) FROM manifest") == 1
    assert await house.events("tag.moved") == []


async def test_the_same_push_new_tags_and_other_tags_pass(house: RegistryHouse) -> None:
    first = await house.push_image(b"one")
    await house.push_image(b"one", "latest")
    await keep(house)

    await house.push_image(b"one")
    await house.push_image(b"two", "v2")
    moved = await house.push_image(b"two", "latest")

    assert await tag_digest(house) == str(first)
    assert await tag_digest(house, "latest") == str(moved)


async def test_one_immutable_tag_among_many_stops_the_push(house: RegistryHouse) -> None:
    await house.push_image(b"one")
    await keep(house)
    await house.push_blob(b"two")

    with pytest.raises(TagImmutable):
        await house.push_manifest(image(b"two"), "new", tags=["v1", "also"])

    assert await house.one("SELECT COUNT(*) FROM tag") == 1


async def _untag(house: RegistryHouse) -> None:
    await house.change_tags.delete(ADMIN, APP, Tag("v1"), Tag("v1"))


async def _delete_tag(house: RegistryHouse) -> None:
    await house.delete.manifest(ADMIN, APP, Tag("v1"))


async def _delete_manifest(house: RegistryHouse) -> None:
    await house.delete.manifest(ADMIN, APP, Digest.of(encode(image(b"one"))))


async def _delete_artifact(house: RegistryHouse) -> None:
    await house.delete_artifact.delete(ADMIN, APP, Tag("latest"))  # the same artifact


async def _delete_repository(house: RegistryHouse) -> None:
    await house.delete_repository.delete(ADMIN, APP)


async def _copy_onto_it(house: RegistryHouse) -> None:
    await house.push_image(b"two", name=OTHER)
    await house.copy.artifact(ADMIN, CopySource(OTHER, Tag("v1")), APP)


VERBS = [_untag, _delete_tag, _delete_manifest, _delete_artifact, _delete_repository, _copy_onto_it]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.__name__)
async def test_no_verb_takes_an_immutable_tag_away(
    house: RegistryHouse, verb: Callable[[RegistryHouse], Awaitable[None]]
) -> None:
    first = await house.push_image(b"one")
    await house.push_image(b"one", "latest")
    number = await keep(house, words(repositories="app"))

    with pytest.raises(TagImmutable, match=r"'library/app:v1' configured as immutable: rule 1 of"):
        await verb(house)
    kept = await tag_digest(house)
    await rules(house).update(ADMIN, "library", number, RuleChanges(is_disabled=True))
    await verb(house)

    assert kept == str(first)


async def test_a_tag_beside_an_immutable_one_goes(house: RegistryHouse) -> None:
    await house.push_image(b"one")
    await house.push_image(b"one", "latest")
    await keep(house)

    await house.change_tags.delete(ADMIN, APP, Tag("v1"), Tag("latest"))

    assert await house.rows("SELECT name FROM tag") == [("v1",)]


async def test_rules_are_about_their_project_and_repositories_alone(house: RegistryHouse) -> None:
    await house.project("demo")
    demo = RepositoryName.parse("demo/app")
    for name in (APP, OTHER, demo):
        await house.push_image(b"one", name=name)
    await keep(house, words(repositories="app"))

    await house.push_image(b"two", name=OTHER)
    await house.push_image(b"two", name=demo)
    await house.delete_repository.delete(ADMIN, OTHER)

    with pytest.raises(TagImmutable):
        await house.push_image(b"two")


async def test_excluding_rules_hold_every_other_tag(house: RegistryHouse) -> None:
    for tag in ("v1", "dev-1"):
        await house.push_image(b"one", tag)
    await keep(house, words("dev-*", decoration="excludes"))

    await house.push_image(b"two", "dev-1")
    with pytest.raises(TagImmutable, match="tags not matching dev-"):
        await house.push_image(b"two")


async def test_an_accessory_with_an_immutable_tag_stays_when_its_subject_goes(house: RegistryHouse) -> None:
    subject = await house.push_image(b"one", "latest")
    signature = f"sha256-{subject.hex}.sig"
    await house.push_image(b"signature", signature)
    await keep(house, words("*.sig"))

    await house.delete_artifact.delete(ADMIN, APP, Tag("latest"))

    assert await house.rows("SELECT name FROM tag") == [(signature,)]


async def test_lists_show_what_is_held(house: RegistryHouse) -> None:
    for name in (APP, OTHER):
        await house.push_image(b"one", name=name)
        await house.push_image(b"one", "latest", name=name)
    await keep(house, words(repositories="app"))
    query = ArtifactQuery(ArtifactFilters(), shown=Shown(immutable=True))

    found = await house.artifacts.of_project(ADMIN, "library", query, PageRequest(1, 10))
    bare = await house.artifacts.of_project(ADMIN, "library", ArtifactQuery(ArtifactFilters()), PageRequest())
    tags = await house.browse.tags(ADMIN, APP, Tag("v1"), TagPart(), PageRequest())

    held = {(one.repository, tag.name) for one in found.items for tag in one.tags if tag.is_immutable}
    assert held == {("library/app", "v1")}
    assert not any(tag.is_immutable for one in bare.items for tag in one.tags)
    assert {tag.name: tag.is_immutable for tag in tags.items} == {"v1": True, "latest": False}


async def test_no_push_that_ends_after_a_rules_answer_moves_its_tag(house: RegistryHouse) -> None:
    layers = [str(number).encode() for number in range(4)]
    for layer in (*layers, CONFIG):
        await house.push_blob(layer)
    moves = 0

    async def push_until_refused(mine: list[bytes], is_moving: asyncio.Event) -> int:
        for count in range(1000):
            try:
                await house.push_manifest(image(mine[count % 2]), "v1")
            except TagImmutable:
                return count
            is_moving.set()
        raise AssertionError("the rule never bound")

    for _ in range(10):
        is_moving = asyncio.Event()
        pushes = [
            asyncio.create_task(push_until_refused(mine, is_moving)) for mine in (layers[:2], layers[2:])
        ]
        await is_moving.wait()
        number = await keep(house)
        kept = await tag_digest(house)
        moves += sum(await asyncio.gather(*pushes))
        assert await tag_digest(house) == kept
        await rules(house).delete(ADMIN, "library", number)
    assert moves >= 10


async def test_of_two_pushes_of_a_new_tag_one_is_the_first(house: RegistryHouse) -> None:
    await keep(house)
    layers = [str(number).encode() for number in range(8)]
    for layer in (*layers, CONFIG):
        await house.push_blob(layer)

    results = await asyncio.gather(
        *(house.push_manifest(image(layer), "v1") for layer in layers), return_exceptions=True
    )

    won = [one for one in results if not isinstance(one, BaseException)]
    assert [type(one) for one in results if isinstance(one, BaseException)] == [TagImmutable] * 7
    assert [str(one.digest) for one in won] == [await tag_digest(house)]


async def test_a_tag_that_comes_while_its_artifact_goes_is_there_or_was_refused(house: RegistryHouse) -> None:
    await keep(house)
    for number in range(10):
        digest = await house.push_image(str(number).encode(), f"new-{number}")
        tag = Tag(f"v{number}")
        results = await asyncio.gather(
            house.change_tags.create(ADMIN, APP, digest, tag),
            house.delete_artifact.delete(ADMIN, APP, digest),
            return_exceptions=True,
        )
        is_there = await house.rows("SELECT 1 FROM tag WHERE name = :name", {"name": tag.text}) != []
        assert is_there is (results[0] is None), results


async def test_an_index_with_an_immutable_child_goes_and_the_child_stays(house: RegistryHouse) -> None:
    await house.push_image(b"one")
    await house.push_manifest(index(encode(image(b"one"))), "multi")
    await keep(house)

    await house.delete_artifact.delete(ADMIN, APP, Tag("multi"))

    assert await house.rows("SELECT name FROM tag") == [("v1",)]
