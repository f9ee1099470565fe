"""A PostgreSQL server of our own on loopback, from Debian's package, with a fresh database for each test."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from havre.adapters.database import prepare_database

_SKIP = "postgresql"


class Postgres:
    """A running server; `fresh` gives databases that hold the prepared schema."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._count = 0
        self.execute("CREATE DATABASE havre_template")
        prepare_database(self.url("havre_template"))

    def url(self, database: str) -> str:
        """Tell the address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{database}"

    def empty(self) -> str:
        """Make a database without any schema and return its address."""
        self._count += 1
        self.execute(f"CREATE DATABASE empty_{self._count}")
        return self.url(f"empty_{self._count}")

    def fresh(self) -> str:
        """Make a database with the schema and return its address."""
        self._count += 1
        self.execute(f"CREATE DATABASE fresh_{self._count} TEMPLATE havre_template")
        return self.url(f"fresh_{self._count}")

    def drop_connections(self, url: str) -> None:
        """End every connection to a database, as a restart of the server would."""
        name = url.rpartition("/")[2]
        self.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    def execute(self, statement: str) -> None:
        """Run a statement as the superuser, outside any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server and stop it; fails the test by name when the package is missing."""
    if _SKIP in os.environ.get("HAVRE_TEST_SKIP", "").split(","):
        pytest.skip(f"{_SKIP} is named in HAVRE_TEST_SKIP")
    programmes = _programmes()
    directory = Path(tempfile.mkdtemp(prefix="havre-postgres-"))
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(directory, account.pw_uid, account.pw_gid)
    cluster, port = directory / "cluster", _free_port()
    options = f"-p {port} -k {directory} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=200"
    log = ["-l", str(directory / "log")]
    try:
        _run(
            [programmes / "initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"], user
        )
        _run([programmes / "pg_ctl", "-w", "-D", cluster, *log, "-o", options, "start"], user)
        try:
            yield Postgres(port)
        finally:
            _run([programmes / "pg_ctl", "-w", "-D", cluster, "-m", "immediate", "stop"], user)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _programmes() -> Path:
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    on_path = shutil.which("initdb")
    if installed:
        return installed[0].parent
    if on_path is not None:
        return Path(on_path).parent
    pytest.fail(
        f"{_SKIP} is missing: install Debian's postgresql; to leave it out, name it in HAVRE_TEST_SKIP",
        pytrace=False,
    )


def _run(command: Sequence[str | Path], user: str | None) -> None:
    words = [str(word) for word in command]
    ended = subprocess.run(
        words,
        user=user,
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"LC_ALL": "C"},
    )
    if ended.returncode:
        pytest.fail(f"{' '.join(words)}\n{ended.stdout}\n{ended.stderr}", pytrace=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
