"""Artifacts as lists show them: which stand there by themselves, with what, and how they are narrowed."""

import json
from collections.abc import Sequence

import pytest

from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName, Tag
from havre.kernel.pages import PageRequest
from havre.registry import ArtifactFilters, ArtifactQuery, Shown
from havre.registry.formats.media_types import OCI_MANIFEST
from havre.registry.model import ArtifactRecord
from kit.house import ADMIN, APP, CONFIG, RegistryHouse, descriptor, encode, image, index

_ALL = PageRequest(1, 100)
_ANY = ArtifactFilters()
_HELM = "application/vnd.cncf.helm.config.v1+json"
_EVERYTHING = Shown(labels=True, accessories=True, inherited=True, mimes=("x/report",))
_COSIGN = "application/vnd.dev.cosign.artifact.sig.v1+json"


async def listed(house: RegistryHouse, filters: ArtifactFilters = _ANY) -> Sequence[ArtifactRecord]:
    """List the artifacts of the repository, newest first."""
    query = ArtifactQuery(filters, shown=_EVERYTHING)
    page = await house.artifacts.of_repository(ADMIN, APP, query, _ALL)
    assert page.total == len(page.items)
    return page.items


async def tags_listed(house: RegistryHouse, filters: ArtifactFilters = _ANY) -> list[list[str]]:
    """List the tags of each artifact that is listed, newest first."""
    return [sorted(tag.name for tag in one.tags) for one in await listed(house, filters)]


async def test_an_untagged_child_stands_under_its_index_and_comes_back_when_that_goes(
    house: RegistryHouse,
) -> None:
    child = encode(image(b"layer"))
    await house.push_image(b"layer", str(Digest.of(child)))
    assert len(await listed(house)) == 1

    parent = await house.push_manifest(index(child), "multi")
    assert await tags_listed(house) == [["multi"]]
    assert await tags_listed(house, ArtifactFilters(is_base=True)) == [["multi"], []]

    await house.push_manifest(child, "own")
    assert sorted(await tags_listed(house)) == [["multi"], ["own"]]

    await house.delete.manifest(ADMIN, APP, Tag("own"))
    assert await tags_listed(house) == [["multi"]]

    await house.delete.manifest(ADMIN, APP, parent.digest)
    assert [one.digest for one in await listed(house)] == [str(Digest.of(child))]


async def test_a_signature_stands_under_its_subject_whichever_comes_first(house: RegistryHouse) -> None:
    subject = encode(image(b"layer"))
    await house.push_blob(CONFIG)
    signature = image(artifactType=_COSIGN, subject=descriptor(subject, OCI_MANIFEST))
    pushed = await house.push_manifest(signature, "signature")
    assert await tags_listed(house) == [["signature"]]

    await house.push_image(b"layer")
    [shown] = await listed(house)

    assert [tag.name for tag in shown.tags] == ["v1"]
    assert [(one.digest, one.kind) for one in shown.accessories] == [(str(pushed.digest), "signature.cosign")]
    assert shown.accessories[0].subject_digest == shown.digest
    page = await house.artifacts.accessories(ADMIN, APP, Tag("v1"), None, _ALL)
    assert (page.total, [one.digest for one in page.items]) == (1, [str(pushed.digest)])
    none = await house.artifacts.accessories(ADMIN, APP, Tag("v1"), "signature.notation", _ALL)
    assert (none.total, none.items) == (0, [])


async def test_the_tags_of_old_cosign_make_accessories_too(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    for end in ("sig", "att", "sbom"):
        await house.push_manifest(image(annotations={"end": end}), f"sha256-{digest.hex}.{end}")
    await house.push_manifest(image(annotations={"end": "else"}), f"sha256-{digest.hex}.else")

    shown = {tuple(sorted(tag.name for tag in one.tags)): one for one in await listed(house)}

    assert sorted(shown) == [(f"sha256-{digest.hex}.else",), ("v1",)]
    kinds = [one.kind for one in shown["v1",].accessories]
    assert kinds == ["signature.cosign", "subject.accessory", "subject.accessory"]


async def test_a_child_of_a_signed_index_shows_the_signature_it_inherits(house: RegistryHouse) -> None:
    child = encode(image(b"layer"))
    await house.push_image(b"layer", "child")
    parent = encode(index(child))
    await house.push_manifest(parent, "multi")
    signature = image(artifactType=_COSIGN, subject=descriptor(parent, "x"))
    await house.push_manifest(signature, str(Digest.of(encode(signature))))

    shown = {one.tags[0].name: one for one in await listed(house)}

    assert [one.kind for one in shown["child"].inherited] == ["signature.cosign"]
    assert shown["child"].accessories == ()
    assert shown["multi"].inherited == ()


async def test_what_the_config_says_is_shown_and_read_once(house: RegistryHouse) -> None:
    config = json.dumps(
        {"architecture": "arm64", "os": "linux", "config": {"Cmd": ["/app"]}, "history": [{}] * 50}
    ).encode()
    await house.push_blob(config)
    kind = "application/vnd.oci.image.config.v1+json"
    pushed = await house.push_manifest(image(config=descriptor(config, kind)), "v1")

    [shown] = await listed(house)

    assert shown.kind == "IMAGE"
    assert json.loads(shown.attributes or "") == {
        "architecture": "arm64",
        "os": "linux",
        "config": {"Cmd": ["/app"]},
    }

    async with house.database.write() as work:  # as if it had been pushed before there were facts
        await work.run("DELETE FROM artifact_facts WHERE digest = :digest", {"digest": str(pushed.digest)})
    [first], [second] = await listed(house), await listed(house)
    assert (first.attributes, second.attributes) == (None, shown.attributes)


@pytest.mark.parametrize(
    "config",
    [b"", b"not json", b"[1]", b'{"config":' + b"[" * 20_000, b'{"os":"\\u0000"}', b"\xff", b'"text"'],
)
async def test_an_odd_config_refuses_no_push(house: RegistryHouse, config: bytes) -> None:
    await house.push_blob(config)
    kind = "application/vnd.oci.image.config.v1+json"

    await house.push_manifest(image(config=descriptor(config, kind)), "v1")

    [shown] = await listed(house)
    assert shown.attributes == "{}"


async def test_lists_are_narrowed_by_tag_kind_type_and_digest(house: RegistryHouse) -> None:
    await house.push_image(b"one", "v1")
    await house.push_image(b"two", "v10")
    await house.push_blob(CONFIG)
    chart = image(config=descriptor(CONFIG, _HELM))
    pushed = await house.push_manifest(chart, str(Digest.of(encode(chart))))

    assert await tags_listed(house, ArtifactFilters(tag="v1")) == [["v1"]]
    assert await tags_listed(house, ArtifactFilters(tag_part="v1")) == [["v10"], ["v1"]]
    assert await tags_listed(house, ArtifactFilters(tags="none")) == [[]]
    assert await tags_listed(house, ArtifactFilters(tags="some")) == [["v10"], ["v1"]]
    assert await tags_listed(house, ArtifactFilters(kind="CHART")) == [[]]
    assert await tags_listed(house, ArtifactFilters(media_type=_HELM)) == [[]]
    assert await tags_listed(house, ArtifactFilters(digest=str(pushed.digest))) == [[]]


async def test_a_project_lists_the_artifacts_of_its_repositories(house: RegistryHouse) -> None:
    other = RepositoryName.parse("library/other")
    await house.push_image(b"one", "old")
    await house.push_image(b"two", "new")
    await house.push_image(b"one", "v1", other)
    kind = "application/vnd.oci.image.config.v1+json"

    every = await house.artifacts.of_project(ADMIN, "library", ArtifactQuery(ArtifactFilters()), _ALL)
    latest = ArtifactQuery(ArtifactFilters(media_type=kind, is_latest=True))
    newest = await house.artifacts.of_project(ADMIN, "library", latest, _ALL)

    assert (every.total, len(every.items)) == (3, 3)
    assert [(one.repository, one.tags[0].name) for one in newest.items] == [
        ("library/other", "v1"),
        ("library/app", "new"),
    ]


async def test_the_count_follows_every_change(house: RegistryHouse) -> None:
    async def total() -> int:
        query = ArtifactQuery(ArtifactFilters())
        in_project = await house.artifacts.of_project(ADMIN, "library", query, PageRequest(1, 1))
        in_repository = await house.artifacts.of_repository(ADMIN, APP, query, PageRequest(1, 1))
        assert in_project.total == in_repository.total
        return in_repository.total

    digest = await house.push_image(b"one", "v1")
    counts = [await total()]
    await house.push_image(b"two", "v2")
    counts += [await total(), await total()]
    await house.delete.manifest(ADMIN, APP, digest)
    counts.append(await total())

    assert counts == [1, 2, 2, 1]


async def test_pages_follow_the_order_without_gaps(house: RegistryHouse) -> None:
    for number in range(7):
        await house.push_image(b"%d" % number, f"t{number}")
    seen: dict[str, list[str]] = {}
    for order in ("push_time", "-push_time", "digest", "-size", "-id", "pull_time"):
        query = ArtifactQuery(ArtifactFilters(), order)
        pages = [await house.artifacts.of_repository(ADMIN, APP, query, PageRequest(n, 3)) for n in (1, 2, 3)]
        seen[order] = [one.tags[0].name for page in pages for one in page.items]

    tags = [f"t{number}" for number in range(7)]
    assert seen["push_time"] == tags
    assert seen["-push_time"] == seen["-id"] == tags[::-1]
    assert {order: sorted(found) for order, found in seen.items()} == dict.fromkeys(seen, tags)


async def test_the_overview_of_a_scan_is_shown(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    async with house.database.write() as work:
        for mime in ("x/report", "x/other"):
            await work.run(
                "INSERT INTO scan_overview (digest, mime, overview) VALUES (:digest, :mime, :overview)",
                {"digest": str(digest), "mime": mime, "overview": '{"severity":"High"}'},
            )

    [shown] = await listed(house)

    assert shown.overviews == {"x/report": '{"severity":"High"}'}
