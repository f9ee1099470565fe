"""Where a page lies in a list, from the end that is nearer."""

import pytest

from havre.kernel.pages import PageRequest

ORDER = "size DESC, id"


@pytest.mark.parametrize("total", range(12))
@pytest.mark.parametrize("size", [1, 3, 5, 20])
@pytest.mark.parametrize("number", range(1, 6))
def test_a_walk_from_either_end_finds_the_page(total: int, size: int, number: int) -> None:
    items, page = list(range(total)), PageRequest(number, size)

    stretch = page.within(total)
    walked = items[::-1] if stretch.is_from_end else items
    found = sorted(walked[stretch.offset : stretch.offset + stretch.limit])

    assert found == items[page.offset : page.offset + size]
    assert not found or stretch.offset <= total // 2


def test_the_walk_from_the_end_goes_by_the_reverse_of_the_order() -> None:
    assert PageRequest(1, 2).within(6).walk(ORDER) == ORDER
    assert PageRequest(3, 2).within(6).walk(ORDER) == "size, id DESC"
