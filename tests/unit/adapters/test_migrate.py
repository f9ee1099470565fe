"""Preparing a database: made, left alone, refused, copied before it is changed."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from havre.adapters.database import open_database, prepare_database
from havre.adapters.database.migrate import MIGRATIONS, prepare_sqlite
from havre.kernel.errors import StartRefused

NEXT = """
revision = "9999"
down_revision = "{last}"

from alembic import op

def upgrade() -> None:
    op.execute("ALTER TABLE setting ADD COLUMN extra TEXT")
    {more}
"""


def with_next(tmp_path: Path, more: str) -> Path:
    migrations = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    last = max((migrations / "versions").glob("0*.py")).name.partition("_")[0]
    (migrations / "versions" / "9999_next.py").write_text(NEXT.format(last=last, more=more))
    return migrations


def columns(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[1] for row in connection.execute("PRAGMA table_info(setting)")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    prepare_database(f"sqlite:///{tmp_path / 'havre.db'}")
    return tmp_path / "havre.db"


def test_a_fresh_database_is_private_and_in_wal_mode(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("SELECT epoch FROM access_epoch").fetchall() == [(1,)]


def test_a_prepared_database_starts_without_alembic(path: Path) -> None:
    code = (
        "import sys; from havre.adapters.database import prepare_database as p; "
        f"p('sqlite:///{path}'); sys.exit('alembic' in sys.modules or 'psycopg' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_upgrade_keeps_a_copy_of_what_was_there(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO setting (name, value) VALUES ('a', 'b')")

    prepare_sqlite(path, with_next(tmp_path, "pass"))

    assert columns(path) == ["name", "value", "extra"]
    copy = path.with_name("havre.db.before-9999")
    assert columns(copy) == ["name", "value"]
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("SELECT * FROM setting").fetchall() == [("a", "b")]


def test_members_are_kept_when_groups_come(tmp_path: Path) -> None:
    path, first = tmp_path / "havre.db", tmp_path / "first"
    shutil.copytree(MIGRATIONS, first, ignore=shutil.ignore_patterns("__pycache__", "000[2-9]*", "00[1-9]*"))
    prepare_sqlite(path, first)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO account (id, username, password_hash, is_admin, created_at, updated_at)"
            " VALUES (1, 'admin', 'x', 1, 1, 1), (2, 'ann', 'x', 0, 1, 1)"
        )
        connection.execute(
            "INSERT INTO project (id, name, is_public, owner_name, created_at, updated_at)"
            " VALUES (1, 'demo', 0, 'admin', 1, 1)"
        )
        connection.execute("INSERT INTO member VALUES (5, 1, 1, 3, 1), (9, 1, 2, 3, 1)")
        connection.execute("DELETE FROM member WHERE id = 9")

    prepare_sqlite(path)

    with closing(sqlite3.connect(path)) as connection, connection:
        add = "INSERT INTO member (project_id, account_id, role, created_at) VALUES (1, ?, 3, 1)"
        connection.execute(add, (2,))
        members = connection.execute("SELECT id, account_id, group_id, role FROM member ORDER BY id")
        assert members.fetchall() == [(5, 1, None, 3), (10, 2, None, 3)]  # 9 was somebody's number
        people = connection.execute("SELECT DISTINCT origin, subject FROM account")
        assert people.fetchall() == [("local", None)]
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(add, (None,))


def test_storage_limits_move_out_of_the_metadata(tmp_path: Path) -> None:
    path, first = tmp_path / "havre.db", tmp_path / "first"
    shutil.copytree(MIGRATIONS, first, ignore=shutil.ignore_patterns("__pycache__", "000[89]*", "00[1-9]*"))
    prepare_sqlite(path, first)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO project (id, name, is_public, owner_name, created_at, updated_at)"
            " VALUES (1, 'demo', 0, 'admin', 1, 2), (2, 'free', 0, 'admin', 3, 4)"
        )
        connection.execute(
            "INSERT INTO project_metadata (project_id, name, value)"
            " VALUES (1, 'storage_limit', '1234567890123'), (1, 'auto_scan', 'true')"
        )

    prepare_sqlite(path)

    with closing(sqlite3.connect(path)) as connection:
        limits = connection.execute(
            "SELECT project_id, limit_bytes, told, created_at, updated_at FROM project_quota"
        )
        assert limits.fetchall() == [(1, 1234567890123, 0, 1, 2), (2, -1, 0, 3, 4)]
        assert connection.execute("SELECT name FROM project_metadata").fetchall() == [("auto_scan",)]


def test_an_upgrade_that_fails_changes_nothing(path: Path, tmp_path: Path) -> None:
    migrations = with_next(tmp_path, "op.execute('nonsense')")

    with pytest.raises(StartRefused):
        prepare_sqlite(path, migrations)

    assert columns(path) == ["name", "value"]


def test_a_newer_schema_is_refused_in_one_sentence(path: Path, tmp_path: Path) -> None:
    prepare_sqlite(path, with_next(tmp_path, "pass"))

    with pytest.raises(StartRefused, match="schema 9999, which this version does not know"):
        prepare_database(f"sqlite:///{path}")


@pytest.mark.parametrize("content", [b"not a database " * 100, b"SQLite format 3\0" + b"\xff" * 200])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "havre.db"
    path.write_bytes(content)

    with pytest.raises(StartRefused, match="cannot be used"):
        prepare_database(f"sqlite:///{path}")

    assert path.read_bytes() == content


def test_a_database_of_another_programme_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "havre.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE other (a)")

    with pytest.raises(StartRefused, match="check that it is a Havre database"):
        prepare_database(f"sqlite:///{path}")


@pytest.mark.parametrize("place", ["", "missing/havre.db"])
def test_a_place_that_cannot_hold_a_file_is_refused(tmp_path: Path, place: str) -> None:
    with pytest.raises(StartRefused):
        prepare_database(f"sqlite:///{tmp_path / place}")


def test_an_unknown_kind_of_database_is_refused() -> None:
    with pytest.raises(StartRefused, match="use sqlite:/// or postgresql://"):
        prepare_database("mysql://somewhere/havre")
    with pytest.raises(StartRefused, match="use sqlite:/// or postgresql://"):
        open_database("mysql://somewhere/havre", None)  # type: ignore[arg-type]  # never used


def test_processes_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    code = "import sys; from havre.adapters.database import prepare_database as p; p(sys.argv[1])"
    command = [sys.executable, "-c", code, f"sqlite:///{tmp_path / 'havre.db'}"]
    processes = [subprocess.Popen(command) for _ in range(3)]

    assert [process.wait() for process in processes] == [0, 0, 0]
    with closing(sqlite3.connect(tmp_path / "havre.db")) as connection:
        assert connection.execute("SELECT COUNT(*) FROM access_epoch").fetchone() == (1,)


def test_an_unreachable_server_is_refused_in_one_sentence() -> None:
    with pytest.raises(StartRefused, match="PostgreSQL database cannot be used") as raised:
        prepare_database("postgresql://nobody@127.0.0.1:1/havre")

    assert "\n" not in str(raised.value)
