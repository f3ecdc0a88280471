"""SQLite files: they are created when missing, replaced when damaged, and kept when locked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from ev2gym_dashboard.service.runtime.sqlite import open_database, open_to_read

TABLES = ("CREATE TABLE IF NOT EXISTS note (text TEXT)",)


def test_a_transaction_is_committed_at_its_end_and_rolled_back_on_an_error(tmp_path: Path) -> None:
    path = tmp_path / "new" / "notes.sqlite3"
    with open_database(path, TABLES) as connection:
        connection.execute("INSERT INTO note VALUES ('kept')")

    def write_and_fail() -> None:
        with open_database(path, TABLES) as connection:
            connection.execute("INSERT INTO note VALUES ('lost')")
            raise LookupError

    with pytest.raises(LookupError):
        write_and_fail()
    with open_database(path, TABLES) as connection:
        assert connection.execute("SELECT text FROM note").fetchall() == [("kept",)]


def test_a_damaged_file_is_removed_and_the_next_call_creates_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(sqlite3.DatabaseError), open_database(path, TABLES):
        pass
    assert not path.exists()
    with open_database(path, TABLES) as connection:
        assert connection.execute("SELECT COUNT(*) FROM note").fetchone() == (0,)


def test_a_locked_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with open_database(path, TABLES) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with (
            pytest.raises(sqlite3.OperationalError, match="locked"),
            open_database(path, TABLES, lock_timeout_s=0.01) as other,
        ):
            other.execute("BEGIN IMMEDIATE")
    assert path.exists()


@pytest.mark.parametrize("value", ["x" * 2000, "twice"])
def test_a_file_that_refuses_a_value_is_kept_with_all_others(tmp_path: Path, value: str) -> None:
    path, tables = tmp_path / "notes.sqlite3", ("CREATE TABLE IF NOT EXISTS note (text TEXT UNIQUE)",)
    with open_database(path, tables) as connection:
        connection.execute("INSERT INTO note VALUES ('twice')")

    def insert() -> None:
        with open_database(path, tables) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1000)
            connection.execute("INSERT INTO note VALUES (?)", (value,))

    with pytest.raises(sqlite3.DatabaseError):
        insert()
    with open_database(path, tables) as connection:
        assert connection.execute("SELECT text FROM note").fetchall() == [("twice",)]


def test_a_file_that_is_only_read_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "état 1%" / "notes.sqlite3"
    with open_database(path, TABLES) as connection:
        connection.execute("INSERT INTO note VALUES ('kept')")
    with open_to_read(path) as connection:
        assert connection.execute("SELECT text FROM note").fetchall() == [("kept",)]
        assert list(path.parent.iterdir()) == [path]
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("INSERT INTO note VALUES ('lost')")


def test_commits_that_are_still_in_the_log_are_read(tmp_path: Path) -> None:
    path = tmp_path / "notes.sqlite3"
    with open_database(path, TABLES) as writer:
        writer.execute("INSERT INTO note VALUES ('kept')")
        writer.commit()
        with open_to_read(path) as connection:
            assert connection.execute("SELECT text FROM note").fetchall() == [("kept",)]
