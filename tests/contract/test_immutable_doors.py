"""What clients are told at both doors about immutable tags, by several processes on one database."""

import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import pytest

from kit.exchange import Exchange
from kit.house import encode, image
from kit.postgres import Postgres
from kit.server import Server, Settings

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
NAME = "library/app"
SAID = (
    "Failed to process request due to 'library/app:v1' configured as immutable: rule 1 of project library "
    "(repositories matching **, tags matching v*) holds it; use another tag, or let a maintainer of the "
    "project change the rule"
)
REFUSAL = {"errors": [{"code": "PRECONDITION", "message": SAID}]}


@pytest.fixture(params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """Two processes over either engine."""
    environment = {}
    if request.param == "postgres":
        postgres: Postgres = request.getfixturevalue("postgres")
        environment["HAVRE_DATABASE_URL"] = postgres.fresh()
    with Server(tmp_path / "data", Settings(workers=2, environment=environment)) as running:
        yield running
        assert "Traceback" not in running.log.read_text("utf-8"), running.log_tail()


def put(wire: Exchange, layer: bytes, reference: str = "v1") -> tuple[int, bytes]:
    answer = wire.ask(
        "PUT", f"/v2/{NAME}/manifests/{reference}", encode(image(layer)), {"Content-Type": MANIFEST}
    )
    return answer.status, answer.body


def push_blobs(wire: Exchange, *contents: bytes) -> None:
    for content in contents:
        begun = wire.ask("POST", f"/v2/{NAME}/blobs/uploads/", b"")
        digest = image(content)["layers"][0]["digest"]  # type: ignore[index]
        assert wire.ask("PUT", f"{begun.header('location')}?digest={digest}", content).status == 201


def test_both_doors_refuse_with_harbors_code_and_the_rule(server: Server) -> None:
    with Exchange.with_server(server) as wire:
        push_blobs(wire, b"{}", b"one", b"two")
        assert put(wire, b"one")[0] == 201
        server.api.keep_tags("library", "v*")
        artifact = "/api/v2.0/projects/library/repositories/app/artifacts/v1"
        digest = wire.ask("HEAD", f"/v2/{NAME}/manifests/v1").header("docker-content-digest")

        refusals = [
            put(wire, b"two"),
            *(
                (answer.status, answer.body)
                for answer in (
                    wire.ask("DELETE", f"/v2/{NAME}/manifests/v1"),
                    wire.ask("DELETE", f"/v2/{NAME}/manifests/{digest}"),
                    wire.ask("DELETE", f"{artifact}/tags/v1"),
                    wire.ask("DELETE", artifact),
                    wire.ask("DELETE", "/api/v2.0/projects/library/repositories/app"),
                )
            ),
        ]
        shown = json.loads(wire.ask("GET", f"{artifact}?with_immutable_status=true").body)

        assert [(status, json.loads(body)) for status, body in refusals] == [(412, REFUSAL)] * 6
        assert [tag["immutable"] for tag in shown["tags"]] == [True]
        assert put(wire, b"one")[0] == 201


def test_a_rule_binds_every_process_from_its_answer_on(server: Server) -> None:
    with Exchange.with_server(server) as wire:
        push_blobs(wire, b"{}", b"one", b"two")
        layers = cycle((b"one", b"two"))
        for number in range(1, 11):
            assert put(wire, next(layers), f"t{number}")[0] == 201
            server.api.keep_tags("library", f"t{number}")
            for _ in range(4):  # a new connection each: to either process
                with Exchange.with_server(server) as other:
                    statuses = {put(other, layer, f"t{number}")[0] for layer in (b"one", b"two")}
                assert statuses == {201, 412}
