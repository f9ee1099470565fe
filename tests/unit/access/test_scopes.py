"""The scope grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.access import Scope, parse_scopes
from havre.access.errors import ScopeInvalid
from havre.access.scopes import parse_scope

HOST = "127.0.0.1:5000"


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("repository:lib/bb:pull", "repository:lib/bb:pull"),
        ("repository:lib/bb:push,pull", "repository:lib/bb:pull,push"),
        ("repository(plugin):lib/bb:pull", "repository:lib/bb:pull"),
        ("repository:127.0.0.1:5000/lib/bb:pull,push", "repository:lib/bb:pull,push"),
        ("repository:lib/bb:*", "repository:lib/bb:pull,push,delete"),
        ("repository:lib/bb:pull,scanner-pull", "repository:lib/bb:pull"),
        ("registry:catalog:*", "registry:catalog:*"),
    ],
)
def test_a_scope_of_a_real_client_is_read(text: str, scope: str) -> None:
    assert str(parse_scope(text, HOST)) == scope


@pytest.mark.parametrize(
    "text",
    [
        "", ":", "::", "repository", "repository:lib/bb", "repository::pull", "repository:LIB:pull",
        "repository:elsewhere:5000/lib/bb:pull", "registry:other:*", "cloud:lib/bb:pull",
        "repository:../etc:pull", "repository(:lib:pull",
    ],
)  # fmt: skip
def test_what_breaks_the_grammar_is_left_out(text: str) -> None:
    assert parse_scope(text, HOST) is None


def test_repeated_and_joined_scopes_are_read_alike_and_merged() -> None:
    joined = parse_scopes(["repository:a/b:pull repository:c/d:pull repository:a/b:push"])
    repeated = parse_scopes(["repository:a/b:pull", "repository:c/d:pull", "repository:a/b:push"])

    assert joined == repeated
    assert joined[0] == Scope("repository", "a/b", frozenset(("pull", "push")))


def test_too_many_scopes_are_refused() -> None:
    with pytest.raises(ScopeInvalid):
        parse_scopes([" ".join(f"repository:a/b{n}:pull" for n in range(201))])


@given(st.text(max_size=80))
def test_no_text_breaks_the_parser(text: str) -> None:
    scope = parse_scope(text, HOST)

    assert scope is None or parse_scope(str(scope), HOST) == scope or not scope.actions
