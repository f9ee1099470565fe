"""The table of operations against the contract, and docs/api.md against the table."""

from pathlib import Path
from typing import get_args

from havre.access.model import Resource
from havre.edge.api.coverage import coverage_page
from havre.edge.api.operations import OPERATIONS, RELEASES, Operation, PermissionScope
from unit.edge.api.contract import Line, contract_lines

_PAGE = Path(__file__).parents[4] / "docs" / "api.md"


def test_the_table_holds_every_operation_of_the_contract_and_no_other() -> None:
    table = {Line(one.operation_id, one.method, one.path, one.tag) for one in OPERATIONS}

    assert table == set(contract_lines())
    assert len(OPERATIONS) == 203


def test_every_absent_operation_names_a_release_that_brings_it() -> None:
    assert {one.brought_by for one in OPERATIONS} - {None} == set(RELEASES)


def test_operations_that_read_announce_nothing() -> None:
    assert not [one for one in OPERATIONS if one.method in {"GET", "HEAD"} and one.event is not None]


def test_every_built_operation_that_writes_announces_an_event() -> None:
    writing = [one for one in OPERATIONS if one.is_built and one.is_writing]

    trying = {one.operation_id for one in writing if one.operation_id.lower().startswith("ping")}
    assert {one.operation_id for one in writing if one.event is None} == trying


def test_project_permissions_name_resources_of_the_role_matrix() -> None:
    def in_projects(one: Operation) -> bool:
        return one.permission.scope is PermissionScope.PROJECT

    assert {one.permission.resource for one in filter(in_projects, OPERATIONS)} <= set(get_args(Resource))


def test_the_coverage_page_is_what_the_table_says() -> None:
    assert _PAGE.read_text() == coverage_page(), "run: python -m havre.edge.api.coverage > docs/api.md"
