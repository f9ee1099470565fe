"""Pages of artifacts and repositories, found from either end of the list, make up the list."""

import pytest

from havre.kernel.names import RepositoryName
from havre.kernel.pages import PageRequest
from havre.registry import ArtifactFilters, ArtifactQuery, Filters
from havre.registry.store.artifacts import ARTIFACT_ORDERS
from havre.registry.store.browse import REPOSITORY_ORDERS
from kit.house import ADMIN, APP, RegistryHouse

_WHOLE = PageRequest(1, 100)
_PAGES = [PageRequest(number, 2) for number in range(1, 6)]


@pytest.mark.parametrize("order", ARTIFACT_ORDERS)
async def test_the_pages_of_artifacts_make_up_the_list(house: RegistryHouse, order: str) -> None:
    for number in range(7):
        await house.push_image(f"layer {number % 3} {number}".encode(), f"v{number}")
    query = ArtifactQuery(ArtifactFilters(), order=order)

    whole = await house.artifacts.of_repository(ADMIN, APP, query, _WHOLE)
    pages = [await house.artifacts.of_repository(ADMIN, APP, query, page) for page in _PAGES]

    assert [len(page.items) for page in pages] == [2, 2, 2, 1, 0]
    assert [one.digest for page in pages for one in page.items] == [one.digest for one in whole.items]
    assert len({one.digest for one in whole.items}) == 7


@pytest.mark.parametrize("order", REPOSITORY_ORDERS)
@pytest.mark.parametrize("project", [None, "library"])
async def test_the_pages_of_repositories_make_up_the_list(
    house: RegistryHouse, order: str, project: str | None
) -> None:
    for number in range(7):
        await house.push_image(b"layer", "v1", RepositoryName.parse(f"library/app{number}"))
    await house.uploads.start(ADMIN, RepositoryName.parse("library/only-an-upload"))
    filters = Filters(order=order)

    whole = await house.browse.repositories(ADMIN, project, filters, _WHOLE)
    pages = [await house.browse.repositories(ADMIN, project, filters, page) for page in _PAGES]

    assert [len(page.items) for page in pages] == [2, 2, 2, 1, 0]
    assert [one.name for page in pages for one in page.items] == [one.name for one in whole.items]
    assert {one.name for one in whole.items} == {f"library/app{number}" for number in range(7)}
