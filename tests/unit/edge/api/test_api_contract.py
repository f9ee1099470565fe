"""Every built operation answers as the contract says."""

import pytest

from havre.edge.api.app import HANDLERS
from havre.edge.api.operations import BY_ID, OPERATIONS, RELEASES
from unit.edge.api.calls import BUILT, body_of, call_of, url_of
from unit.edge.api.rig import EXPORTED, INDEX, Instance
from unit.edge.api.schema import answer_schema, faults

# What the contract has no operation for to get it alone.
_ALONE = {"createTag", "CreateImmuRule", "triggerRetentionExecution"}
# Answered as text, not as JSON.
_PLAIN = {
    "getPing": "Pong",
    "actionGetJobLog": "",
    "getRetentionTaskLog": "",
    "getReplicationLog": "",
    "downloadScanData": EXPORTED,
}


def test_exactly_the_built_operations_have_a_handler() -> None:
    assert sorted(HANDLERS) == BUILT


@pytest.mark.parametrize("operation_id", BUILT)
async def test_a_built_operation_answers_as_the_contract_says(instance: Instance, operation_id: str) -> None:
    operation, call = BY_ID[operation_id], call_of(operation_id)
    member_id = await target_member(instance, "demo")

    response = await instance.ask(
        operation.method, url_of(operation, "demo", member_id), "admin", body_of(operation_id, "demo")
    )

    assert response.status_code == call.status, response.text
    schema = answer_schema(operation.method, operation.path, call.status)
    if operation_id in _PLAIN:
        assert response.text == _PLAIN[operation_id]
    elif operation_id == "getAddition":  # a string in the contract, of whatever type the addition is
        assert response.json() == [{"created_by": "COPY app /"}]
    elif operation_id == "getVulnerabilitiesAddition":  # a string too; nothing was scanned
        assert response.json() == {}
    elif call.status < 300 and schema is not None:
        assert not list(faults(response.json(), schema))
    elif call.status < 300:
        assert response.content == b""
    if call.status == 201 and operation_id not in _ALONE:
        location = response.headers["location"]
        assert (await instance.ask("GET", location, "admin")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/projects/demo/repositories/team%252Fapp/artifacts?page_size=100",
        f"/projects/demo/repositories/team%252Fapp/artifacts/{INDEX}",
        "/auditlog-exts?page_size=100",
        "/users?page_size=100",
    ],
)
async def test_full_answers_follow_the_contract(instance: Instance, path: str) -> None:
    response = await instance.ask("GET", path, "admin")

    shape = (
        path.partition("?")[0].replace("team%252Fapp", "{repository_name}").replace("demo", "{project_name}")
    )
    schema = answer_schema("GET", shape.replace(INDEX, "{reference}"), 200)
    assert schema is not None
    assert response.json()
    assert not list(faults(response.json(), schema))


async def test_an_absent_operation_says_which_release_brings_it(instance: Instance) -> None:
    for operation in OPERATIONS:
        if operation.brought_by is None:
            continue
        response = await instance.ask(operation.method, url_of(operation, "demo", 1))

        assert response.status_code == 501, operation
        (error,) = response.json()["errors"]
        assert error["code"] == "UNSUPPORTED"
        assert RELEASES[operation.brought_by] in error["message"]


@pytest.mark.parametrize("operation_id", [one for one in BUILT if call_of(one).status < 300])
async def test_an_operation_announces_the_event_of_the_table_and_no_other(
    instance: Instance, operation_id: str
) -> None:
    operation = BY_ID[operation_id]
    url = url_of(operation, "demo", await target_member(instance, "demo"))
    before = await _event_names(instance)

    await instance.ask(operation.method, url, "admin", body_of(operation_id, "demo"))

    announced = (await _event_names(instance))[len(before) :]
    assert announced == ([] if operation.event is None else [operation.event])


async def _event_names(instance: Instance) -> list[str]:
    async with instance.database.read() as reader:
        return [row.name for row in await reader.all("SELECT name FROM event ORDER BY id LIMIT 1000")]


@pytest.mark.parametrize(
    "path",
    ["/projects", "/repositories", "/projects/demo/repositories/team%252Fapp/artifacts", "/users"],
)
async def test_a_page_costs_the_same_queries_whatever_its_size(instance: Instance, path: str) -> None:
    await instance.ask("GET", path, "admin")  # log in
    counts = []
    for size in (1, 100):
        before = instance.database.queries
        assert (await instance.ask("GET", f"{path}?page_size={size}", "admin")).json()
        counts.append(instance.database.queries - before)

    assert counts[0] == counts[1] <= 7  # one of them asks whether the login still holds


async def target_member(instance: Instance, project: str) -> int:
    """Find the membership that calls change."""
    response = await instance.ask("GET", f"/projects/{project}/members?entityname=target", "admin")
    found = response.json()[0]["id"]
    assert isinstance(found, int)
    return found
