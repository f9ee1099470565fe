"""Ranges in and out."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.edge.oci.ranges import parse_content_range, parse_ranges
from havre.registry.errors import RangeNotSatisfiable, UploadRangeInvalid

_specs = st.lists(st.from_regex(r"[0-9]{0,3}-[0-9]{0,3}", fullmatch=True), min_size=1, max_size=70)


@pytest.mark.parametrize("text", ["0-9", "bytes 0-9/10", "bytes 0-9/*", "bytes=0-9", " 0-9 "])
def test_a_content_range_comes_in_every_form_that_clients_send(text: str) -> None:
    assert parse_content_range(text) == (0, 9)


@pytest.mark.parametrize(
    "text", ["", "-", "0-", "-9", "a-b", "0-9-", "0-9,1-2", "0" * 19 + "-1", "٠-٩", "lines 0-9"]
)
def test_a_content_range_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(UploadRangeInvalid):
        parse_content_range(text)


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=-0", "bytes=5-4", "bytes=10-11,12-"])
def test_ranges_that_are_all_outside_are_refused(text: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        parse_ranges(text, 10)


@pytest.mark.parametrize(
    "text", ["", "bytes", "bytes=", "items=0-1", "bytes=0-1,x", "bytes=0-9,0-9", "bytes=-"]
)
def test_ranges_that_make_no_sense_ask_for_the_whole(text: str) -> None:
    assert parse_ranges(text, 10) is None


@given(_specs.map(lambda specs: "bytes=" + ",".join(specs)) | st.text(max_size=30), st.integers(0, 500))
def test_every_range_lies_inside_and_together_they_are_no_more_than_the_whole(text: str, size: int) -> None:
    with suppress(RangeNotSatisfiable):
        for_all = parse_ranges(text, size) or []
        assert sum(count for _, count in for_all) <= size
        for offset, count in for_all:
            assert 0 <= offset < offset + count <= size
