"""`havre retention simulate` as a person and as a programme runs it."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from commands.forked import Ended, run_havre
from unit.edge.api.calls import policy_of

DIGESTS = [f"sha256:{number:064x}" for number in range(3)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with library/app:v0, v1, v2, pushed in that order."""
    directory = tmp_path_factory.mktemp("simulated") / "data"
    assert run_havre(["init", "--data", directory], {}).returncode == 0
    with closing(sqlite3.connect(directory / "havre.db")) as connection, connection:
        [project] = connection.execute("SELECT id FROM project WHERE name = 'library'").fetchone()
        connection.execute(
            """INSERT INTO repository (id, project_id, name, created_at, updated_at, first_pushed_at)
               VALUES (1, ?, 'library/app', 0, 0, 1)""",
            (project,),
        )
        for number, digest in enumerate(DIGESTS):
            connection.execute("INSERT INTO manifest_body (digest, body) VALUES (?, '{}')", (digest,))
            connection.execute(
                """INSERT INTO manifest (repo_id, digest, media_type, size, total_size, pushed_by, pushed_at)
                   VALUES (1, ?, 'application/vnd.oci.image.manifest.v1+json', 2, 2, 'ann', ?)""",
                (digest, number + 1),
            )
            connection.execute(
                "INSERT INTO tag (repo_id, name, digest, created_at, updated_at) VALUES (1, ?, ?, 1, ?)",
                (f"v{number}", digest, number + 1),
            )
    return directory


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A file with a policy that keeps the latest."""
    path = tmp_path / "policy.json"
    path.write_text(json.dumps(policy_of("latestPushedK", 1, 1)))
    return path


def simulate(data: Path, *more: str | Path) -> Ended:
    return run_havre(["retention", "simulate", *more, "--data", data], {})


def test_it_says_for_each_tag_what_would_come_of_it_and_the_sums(data: Path, policy: Path) -> None:
    ended = simulate(data, "library", "--policy", policy)

    assert ended.returncode == 0, ended.stderr
    *lines, sums = ended.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["GOES", "library/app:v0"],
        ["GOES", "library/app:v1"],
        ["stays", "library/app:v2"],
    ]
    assert all("latestPushedK 1" in line for line in lines)
    assert sums == "1 stay, 2 go"


def test_for_programmes_it_is_an_object_a_line(data: Path, policy: Path) -> None:
    ended = simulate(data, "library", "--policy", policy, "--json")

    assert ended.returncode == 0, ended.stderr
    objects = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [(one["tag"], one["digest"], one["action"]) for one in objects] == [
        ("v0", DIGESTS[0], "delete"),
        ("v1", DIGESTS[1], "delete"),
        ("v2", DIGESTS[2], "retain"),
    ]
    assert objects[2]["rules"] == [1]


def test_nothing_is_changed(data: Path, policy: Path) -> None:
    simulate(data, "library", "--policy", policy)

    with closing(sqlite3.connect(data / "havre.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM tag").fetchone() == (3,)
        assert connection.execute("SELECT COUNT(*) FROM retention_policy").fetchone() == (0,)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["library"], "library"),  # it has no policy of its own
        (["missing", "--policy", "POLICY"], "missing"),
        (["library", "--policy", "nowhere.json"], "nowhere.json cannot be read"),
        (["library", "--policy", "BROKEN"], "holds no policy"),
    ],
)
def test_what_cannot_be_played_is_refused_in_words(
    data: Path, policy: Path, tmp_path: Path, words: list[str], told: str
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"rules": 7}')
    places: dict[str, str | Path] = {"POLICY": policy, "BROKEN": broken}

    ended = simulate(data, *(places.get(word, word) for word in words))

    assert ended.returncode != 0
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
