"""What cannot be used is told in one sentence on standard error, with exit code 2; by the real command."""

import base64
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from commands.forked import Ended, run_havre
from kit.tls import Authority

HAVRE = Path(sys.executable).with_name("havre")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("HAVRE_")}


def _run(*words: str | Path, **more: str) -> Ended:
    return run_havre(words, more)


def _refusal(*words: str | Path, **more: str) -> str:
    """Run the command, hold it to the promise and return its sentence."""
    ended = _run(*words, **more)
    assert ended.returncode == 2, ended
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert len(lines) == 1, ended.stderr
    assert lines[0].startswith("havre: ")
    return lines[0]


def _serve(data: Path, *words: str | Path, **more: str) -> str:
    return _refusal("serve", "--data", data, "--port", "0", *words, **more)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory as `havre init` leaves it; copied, never changed."""
    path = tmp_path_factory.mktemp("made") / "data"
    ended = _run("init", "--data", path)
    assert ended.returncode == 0, ended
    return path


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """A fresh copy of that directory."""
    return Path(shutil.copytree(made, tmp_path / "data"))


def test_a_directory_whose_parents_are_missing_is_made(tmp_path: Path) -> None:
    assert _run("init", "--data", tmp_path / "a" / "b").returncode == 0
    assert (tmp_path / "a" / "b" / "havre.db").is_file()


def test_a_second_start_on_the_same_directory_is_not_refused(data: Path) -> None:
    assert _run("init", "--data", data).returncode == 0


def test_a_file_where_the_directory_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert "no directory" in _serve(tmp_path / "file")
    assert "Not a directory" in _serve(tmp_path / "file" / "below")


def test_check_refuses_a_directory_without_data_and_makes_nothing(tmp_path: Path) -> None:
    assert "holds no Havre database" in _refusal("check", "--data", tmp_path / "nothing")
    assert not (tmp_path / "nothing").exists()


def _remove_key(key: Path) -> None:
    key.unlink()


def _key_directory(key: Path) -> None:
    key.unlink()
    key.mkdir()


def _empty_key(key: Path) -> None:
    key.write_bytes(b"")


def _other_key(key: Path) -> None:
    key.write_bytes(base64.b64encode(os.urandom(32)))


def _short_key(key: Path) -> None:
    key.write_bytes(base64.b64encode(os.urandom(16)))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_remove_key, "is missing although"),
        (_key_directory, "is a directory"),
        (_empty_key, "is empty"),
        (_other_key, "is not the one this data was made with"),
        (_short_key, "holds no master key"),
    ],
)
def test_a_key_that_cannot_be_used_is_refused(data: Path, spoil: Callable[[Path], None], told: str) -> None:
    spoil(data / "master.key")

    assert told in _serve(data)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user who may not read the key")
def test_a_key_that_the_user_may_not_read_is_refused(data: Path) -> None:
    for path in (data, *data.rglob("*")):
        path.chmod(0o777)
    (data / "master.key").chmod(0o600)
    bounded = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--reuid=65534", "--clear-groups"]
    script = (
        'chmod 0711 . && exec "$@" serve --data data --port 0'  # relative: the directories above are root's
    )
    ended = subprocess.run(
        ["sh", "-c", script, "sh", *bounded, HAVRE],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=CLEAN,
        cwd=data.parent,
    )

    assert ended.returncode == 2, ended
    assert ended.stderr.count("\n") == 1
    assert "master.key cannot be used (Permission denied)" in ended.stderr


def test_a_key_in_the_environment_is_held_to_the_same_rules(data: Path) -> None:
    other = base64.b64encode(os.urandom(32)).decode()

    assert "HAVRE_MASTER_KEY holds no master key" in _serve(data, HAVRE_MASTER_KEY="secret")
    assert "is not the one this data was made with" in _serve(data, HAVRE_MASTER_KEY=other)


def test_no_refusal_tells_the_key(data: Path) -> None:
    text = base64.b64encode(os.urandom(16)).decode()

    assert text not in _serve(data, HAVRE_MASTER_KEY=text)


def _newer_schema(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()


def _database_directory(database: Path) -> None:
    database.unlink()
    database.mkdir()


def _other_file(database: Path) -> None:
    database.write_bytes(b"this is no database, whatever its name says\n" * 100)


def _half_database(database: Path) -> None:
    os.truncate(database, 20_000)


def _foreign_database(database: Path) -> None:
    database.unlink()
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE photos (name TEXT)")
        connection.commit()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_newer_schema, "written by a newer Havre"),
        (_database_directory, "is a directory"),
        (_other_file, "file is not a database"),
        (_half_database, "malformed"),
        (_foreign_database, "check that it is a Havre database"),
    ],
)
def test_a_database_that_cannot_be_used_is_refused(
    data: Path, spoil: Callable[[Path], None], told: str
) -> None:
    spoil(data / "havre.db")
    before = (data / "havre.db").read_bytes() if (data / "havre.db").is_file() else b""

    assert told in _serve(data)
    assert not before or (data / "havre.db").read_bytes() == before


def test_a_blob_directory_that_is_a_file_is_refused(data: Path) -> None:
    shutil.rmtree(data / "blobs")
    (data / "blobs").touch()

    assert "blob directory" in _serve(data)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_in_use_is_refused(data: Path, workers: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        assert f"port {port}: Address already in use" in _serve(data, "--port", port, "--workers", workers)


def test_a_port_that_another_instance_with_workers_shares_is_refused(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as other:
        port = str(other.getsockname()[1])

        assert "Address already in use" in _serve(data, "--port", port, "--workers", "2")


def test_an_address_that_is_not_ours_is_refused(data: Path) -> None:
    assert "192.0.2.1" in _serve(data, "--host", "192.0.2.1")  # RFC 5737: nobody's


@pytest.mark.parametrize("workers", ["1", "2"])
def test_tls_files_that_cannot_be_used_are_refused(data: Path, tmp_path: Path, workers: str) -> None:
    authority = Authority(tmp_path / "tls")
    one, other = authority.issue("one.test"), authority.issue("other.test")
    broken, locked = tmp_path / "broken.pem", tmp_path / "locked.key"
    broken.write_text("-----BEGIN CERTIFICATE-----\nno\n")
    locked.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"passphrase"),
        )
    )

    def told(certificate: Path, key: Path) -> str:
        return _serve(data, "--tls-cert", certificate, "--tls-key", key, "--workers", workers)

    assert "is not there" in told(tmp_path / "missing", one.key)
    assert "is not there" in told(one.certificate, tmp_path)
    assert "cannot be used" in told(broken, one.key)
    assert "cannot be used" in told(one.certificate, other.key)
    assert "without a passphrase" in told(one.certificate, locked)


def test_half_a_pair_of_tls_files_is_refused(data: Path, tmp_path: Path) -> None:
    assert "TLS needs both" in _serve(data, "--tls-cert", tmp_path / "some.crt")


@pytest.mark.parametrize(
    "settings", ["port = 'many'", "colour = 'blue'", "port = ", "[registry]\nnothing = 1"]
)
def test_a_settings_file_that_makes_no_sense_is_refused(data: Path, tmp_path: Path, settings: str) -> None:
    file = tmp_path / "havre.toml"
    file.write_text(settings)

    _refusal("serve", "--data", data, "--config", file)
    _refusal("config", "--config", file)


def test_a_database_server_that_does_not_answer_is_refused_and_its_password_not_told(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    sentence = _serve(data, "--database-url", f"postgresql://havre:hush-hush@127.0.0.1:{port}/havre")
    assert "PostgreSQL database cannot be used" in sentence
    assert "hush-hush" not in sentence


@pytest.mark.parametrize(
    "name", ["HAVRE_JOBS_WORKERS", "HAVRE_JOBS_POLL_S", "HAVRE_JOBS_LEASE_S", "HAVRE_JOBS_KEEP_DAYS"]
)
def test_jobs_need_numbers_above_nothing(data: Path, name: str) -> None:
    assert "use 1 or more" in _refusal("config", "--data", data, **{name: "0"})


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        ("HAVRE_WORKER", "did you mean HAVRE_WORKERS?"),
        ("HAVRE_REGISTRY_SPARSE_INDEX", "did you mean HAVRE_REGISTRY_SPARSE_INDEXES?"),
        ("HAVRE_ZZZ", "docs/configure.md lists them"),
    ],
)
def test_a_variable_that_names_no_setting_is_refused(data: Path, variable: str, told: str) -> None:
    sentence = _refusal("config", "--data", data, **{variable: "1"})

    assert variable in sentence
    assert told in sentence


def test_variables_of_the_tests_and_the_benchmarks_are_left_alone(data: Path) -> None:
    others = {"HAVRE_TEST_FULL": "1", "HAVRE_SHARED": "/nowhere", "HAVRE_BENCH_PEER": "x"}

    assert _run("config", "--data", data, **others).returncode == 0


def test_config_takes_the_flags_of_serve() -> None:
    ended = _run(
        "config", "--host", "0.0.0.0", "--port", "1", "--workers", "3", "--external-url", "https://a.test"
    )

    assert ended.returncode == 0, ended
    assert {"host = 0.0.0.0", "port = 1", "workers = 3", "external_url = https://a.test"} <= set(
        ended.stdout.splitlines()
    )


def _older_schema(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.commit()


def test_check_refuses_an_older_schema_and_upgrades_nothing(data: Path) -> None:
    _older_schema(data / "havre.db")

    assert "run `havre init` once to upgrade it" in _refusal("check", "--data", data)
    assert not list(data.glob("havre.db.before-*"))


def test_a_start_that_does_not_reach_its_database_server_leaves_no_key(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    _serve(tmp_path / "new", "--database-url", f"postgresql://havre@127.0.0.1:{port}/havre")

    assert list((tmp_path / "new").iterdir()) == []


def test_a_start_on_the_database_of_another_directory_asks_for_its_key_and_makes_none(
    data: Path, tmp_path: Path
) -> None:
    sentence = _serve(tmp_path / "new", "--database-url", f"sqlite:///{data / 'havre.db'}")

    assert "is missing although the database holds an instance" in sentence
    assert list((tmp_path / "new").iterdir()) == []


def test_a_database_named_inside_the_new_data_directory_is_no_sign_of_a_lost_key(tmp_path: Path) -> None:
    data = tmp_path / "new"
    url = f"sqlite:///{data / 'havre.db'}"

    assert _run("init", "--data", data, "--database-url", url).returncode == 0
    (data / "master.key").unlink()

    assert "master.key is missing" in _refusal("init", "--data", data, "--database-url", url)
