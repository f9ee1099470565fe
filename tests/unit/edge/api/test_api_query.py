"""The grammars of q=, sort= and paging, pure."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.edge.api.faults import SchemaViolated
from havre.edge.api.paging import page_headers, read_page
from havre.edge.api.query import AllOf, AnyOf, Exact, Fuzzy, QueryInvalid, Range, parse_query
from havre.edge.api.sort import read_order
from havre.kernel.pages import PageRequest


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("k=v", Exact("v")),
        ("k=a=b", Exact("a=b")),
        ('k="v w"', Exact("v w")),
        ("k=\\~v", Exact("~v")),
        ("k=~v", Fuzzy("v")),
        ("k=[1~9]", Range("1", "9")),
        ("k=[~9]", Range(None, "9")),
        ("k=[1~]", Range("1", None)),
        ("k={a 'b'}", AnyOf(("a", "b"))),
        ("k=(a b)", AllOf(("a", "b"))),
        ("k=a%2Fb", Exact("a/b")),
    ],
)
def test_each_form_of_q_is_read(text: str, term: object) -> None:
    assert parse_query(text).terms == {"k": term}


def test_pairs_are_separated_by_commas() -> None:
    assert parse_query("a=1,b=~2").terms == {"a": Exact("1"), "b": Fuzzy("2")}


@pytest.mark.parametrize(
    "text", ["k", "k=", "=v", ",", "k=[1]", "k=[1~2~3]", "k=[1~2", "k={a", "k=(a", "k=%zz"]
)
def test_a_malformed_q_is_refused(text: str) -> None:
    with pytest.raises(QueryInvalid):
        parse_query(text)


@given(st.text(max_size=60))
def test_any_text_behind_q_is_read_or_refused(text: str) -> None:
    try:
        parse_query(text).moments("op_time")
    except QueryInvalid:
        return


def test_a_range_of_times_is_read_as_utc() -> None:
    query = parse_query("t=[2026-01-02T03:04:05~2026-01-03 00:00:00]")

    assert query.moments("t") == (
        datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        datetime(2026, 1, 3, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("text", "order"),
    [("name", "name"), ("-name", "-name"), ("other,-name", "-name"), ("other", ""), (None, ""), ("", "")],
)
def test_the_first_known_field_of_sort_counts(text: str | None, order: str) -> None:
    assert read_order(text, ("name",)) == order


@pytest.mark.parametrize("text", ["0", "-1", "101", "x", "1.5", "٣", "9" * 30])
def test_a_page_size_outside_1_to_100_is_refused(text: str) -> None:
    with pytest.raises(SchemaViolated, match="page_size"):
        read_page(None, text)


def test_page_1_of_10_is_the_default() -> None:
    assert read_page(None, None) == PageRequest(1, 10)


def test_link_leads_to_the_pages_before_and_after_and_keeps_the_query() -> None:
    headers = page_headers("/p", [("q", "name=~a"), ("page", "2")], PageRequest(2, 10), 25)

    assert headers == {
        "X-Total-Count": "25",
        "Link": '</p?q=name=~a&page=1&page_size=10>; rel="prev" , '
        '</p?q=name=~a&page=3&page_size=10>; rel="next"',
    }


def test_the_only_page_has_no_link() -> None:
    assert page_headers("/p", [], PageRequest(1, 10), 10) == {"X-Total-Count": "10"}
