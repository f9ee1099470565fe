"""Who somebody is, read out of a provider's claims."""

import pytest

from havre.access.oidc_model import Claims, OidcRules, person_of
from havre.kernel.secret import Secret


def _rules(**more: str) -> OidcRules:
    return OidcRules("http://idp.test", "havre", Secret("x"), **more)  # type: ignore[arg-type] # text fields


def _claims(**more: object) -> Claims:
    return {"sub": "s1", "iss": "http://idp.test", **more}


@pytest.mark.parametrize(
    ("claims", "user_claim", "username"),
    [
        ({"name": "Ann Other"}, "", "Ann_Other"),
        ({"name": "Ann, Other"}, "", "Ann_Other"),
        ({"nick": "ann", "name": "Ann"}, "nick", "ann"),
        ({"preferred_username": "ann"}, "nick", "ann"),
        ({"email": "ann@example.test"}, "", "ann"),
        ({"name": ["ann"]}, "", ""),
        ({}, "", ""),
    ],
)
def test_the_user_name_comes_from_the_claim_that_is_configured(
    claims: dict[str, object], user_claim: str, username: str
) -> None:
    assert person_of(_claims(**claims), _rules(user_claim=user_claim)).username == username


@pytest.mark.parametrize(
    ("claim", "names"),
    [
        (["a", "b", "a"], ["a", "b"]),
        ("a", ["a"]),
        (["a", 7, None, "x" * 300], ["a"]),
        ({"a": 1}, []),
        (None, []),
    ],
)
def test_groups_are_texts_of_the_claim(claim: object, names: list[str]) -> None:
    person = person_of(_claims(groups=claim), _rules(groups_claim="groups"))

    assert [group.name for group in person.groups] == names


def test_without_a_groups_claim_there_are_no_groups_and_no_administrator() -> None:
    person = person_of(_claims(groups=["a"]), _rules(admin_group="a"))

    assert (list(person.groups), person.is_admin) == ([], False)


def test_the_filter_leaves_groups_out_and_the_admin_group_counts_all_the_same() -> None:
    rules = _rules(groups_claim="groups", group_filter="^team-", admin_group="admins")

    person = person_of(_claims(groups=["team-a", "admins", "x"]), rules)

    assert ([group.name for group in person.groups], person.is_admin) == (["team-a"], True)
