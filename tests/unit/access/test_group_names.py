"""How a group is named: types, names, DNs and their normal form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.access import normal_dn, parse_group
from havre.access.errors import GroupInvalid


@pytest.mark.parametrize(
    ("dn", "normal"),
    [
        ("CN=Team, OU=Groups ,dc=Example,dc=org", "cn=team,ou=groups,dc=example,dc=org"),
        ("cn=a\\, b,dc=x", "cn=a\\, b,dc=x"),
        ("cn=a;dc=x", "cn=a,dc=x"),
        ("cn=a+sn=b,dc=x", "cn=a+sn=b,dc=x"),
        ("cn=a=b,dc=x", "cn=a=b,dc=x"),
    ],
)
def test_dns_that_a_directory_takes_for_one_have_one_normal_form(dn: str, normal: str) -> None:
    assert normal_dn(dn) == normal
    assert normal_dn(normal) == normal


@pytest.mark.parametrize(
    "dn", ["", "team", "cn=", "=a", "cn=a,", ",cn=a", "cn=a,,dc=b", "cn=a\\", "cn=a\0", "cn=" + "a" * 600]
)
def test_what_is_no_dn_is_refused(dn: str) -> None:
    with pytest.raises(GroupInvalid):
        normal_dn(dn)


@given(st.text(max_size=40))
def test_any_text_is_a_dn_or_is_refused(text: str) -> None:
    try:
        once = normal_dn(text)
    except GroupInvalid:
        return
    assert normal_dn(once) == once


def test_an_ldap_group_without_a_name_is_called_by_its_dn() -> None:
    group = parse_group(1, "", "cn=Team A,dc=example")

    assert (group.name, group.dn, group.key) == ("Team A", "cn=Team A,dc=example", "cn=team a,dc=example")


@pytest.mark.parametrize(
    ("type_", "name", "dn"),
    [
        (0, "a", ""),
        (4, "a", ""),
        (3, "", ""),
        (2, "  ", ""),
        (1, "a", ""),
        (1, "a", "no"),
        (3, "a" * 256, ""),
    ],
)
def test_a_group_without_what_names_it_is_refused(type_: int, name: str, dn: str) -> None:
    with pytest.raises(GroupInvalid):
        parse_group(type_, name, dn)
