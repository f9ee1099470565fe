"""Cron expressions: six fields, seconds first, as Harbor's parser reads them."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.jobs.cron import TYPES, cron_of, next_after
from havre.jobs.errors import CronInvalid

_FROM = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday


@pytest.mark.parametrize(
    ("cron", "moment"),
    [
        ("* * * * * *", "2026-01-01T00:00:01"),
        ("0 * * * * *", "2026-01-01T00:01:00"),
        ("30 5 * * * *", "2026-01-01T00:05:30"),
        ("0 0 0 * * *", "2026-01-02T00:00:00"),
        ("0 0 0 * * 0", "2026-01-04T00:00:00"),
        ("0 0 0 ? * SUN", "2026-01-04T00:00:00"),
        ("0 0 12 29 2 *", "2028-02-29T12:00:00"),
        ("0 */20 * * * *", "2026-01-01T00:20:00"),
        ("0 10-14/2 3 * * *", "2026-01-01T03:10:00"),
        ("0 0 0 1,15 JUL ?", "2026-07-01T00:00:00"),
        ("0 0 0 13 * fri", "2026-01-02T00:00:00"),  # neither day field begins with *: either will do
        ("  0  0 1 * * *  ", "2026-01-01T01:00:00"),
    ],
)
def test_the_next_moment(cron: str, moment: str) -> None:
    assert next_after(cron, _FROM) == datetime.fromisoformat(f"{moment}+00:00")


@pytest.mark.parametrize(
    "cron",
    [
        "",
        "* * * * *",
        "* * * * * * *",
        "60 * * * * *",
        "0 60 * * * *",
        "0 0 24 * * *",
        "0 0 0 0 * *",
        "0 0 0 * 13 *",
        "0 0 0 * * 8",
        "0 0 0 30 2 *",  # never
        "0 5-1 * * * *",
        "0 */0 * * * *",
        "0 0 0 L * *",
        "0 0 0 * * 5L/2",
        "0 0 0 * * MON#1",
        "@daily",
        "CRON_TZ=UTC 0 0 0 * * *",
        "٣ * * * * *",
        "0 0 0 * * *\0",
        "0," * 5000 + "0 * * * * *",
    ],
)
def test_what_cannot_be_read_is_refused_with_an_example(cron: str) -> None:
    with pytest.raises(CronInvalid, match="second minute hour"):
        next_after(cron, _FROM)


@given(st.text(alphabet="0123456789*?/,- LWSUNMONJAN#@", max_size=40))
def test_any_text_is_a_later_moment_or_a_refusal(cron: str) -> None:
    with suppress(CronInvalid):
        assert next_after(cron, _FROM) > _FROM


def test_a_type_has_its_expression_and_a_given_one_counts() -> None:
    assert {name: cron_of(name, "") for name in TYPES} == TYPES
    assert cron_of("Daily", "0 30 2 * * *") == "0 30 2 * * *"
    assert cron_of("Schedule", "0 30 2 * * *") == "0 30 2 * * *"
    for kind in ("Manual", "None", "daily", ""):
        with pytest.raises(CronInvalid, match="is none of"):
            cron_of(kind, "")
