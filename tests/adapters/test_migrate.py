"""Migrations: once, in order, whole files, never edited."""

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tradewind.adapters.migrate import MigrationRefused, check_schema, migrate, migrations_directory

ONE = "CREATE TABLE one (n bigint);\nINSERT INTO one VALUES (1); -- 100 % sure\n"
TWO = "CREATE TABLE two (n bigint);\n"


@pytest.fixture
def empty(database: str) -> Iterator[str]:
    """A database without any migration."""
    name = f"{conninfo_to_dict(database)['dbname']}_empty"
    with psycopg.connect(database, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        yield make_conninfo(database, dbname=name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def write(directory: Path, **files: str) -> Path:
    for name, text in files.items():
        (directory / f"{name[1:]}.sql").write_text(text)
    return directory


def rows(dsn: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(sql).fetchall()


def test_each_file_once_in_order(empty: str, tmp_path: Path) -> None:
    write(tmp_path, _0002_two=TWO, _0001_one=ONE)
    assert migrate(empty, tmp_path) == ["0001_one.sql", "0002_two.sql"]
    assert migrate(empty, tmp_path) == []
    write(tmp_path, _0003_three="INSERT INTO two SELECT n + 1 FROM one;")
    assert migrate(empty, tmp_path) == ["0003_three.sql"]
    assert rows(empty, "TABLE one") == [(1,)]
    assert rows(empty, "TABLE two") == [(2,)]


def test_the_repository_s_own(empty: str) -> None:
    directory = migrations_directory()
    assert migrate(empty, directory) == sorted(path.name for path in directory.glob("*.sql"))
    assert check_schema(empty, directory) is None


def test_what_is_missing_is_said_with_the_command(empty: str, tmp_path: Path) -> None:
    write(tmp_path, _0001_one=ONE, _0002_two=TWO)
    assert check_schema(empty, tmp_path) == "the database lacks 0001_one.sql, 0002_two.sql; run `tradewind migrate`"
    migrate(empty, tmp_path)
    assert check_schema(empty, tmp_path) is None
    (tmp_path / "0002_two.sql").unlink()
    assert check_schema(empty, tmp_path) is None, "a newer version has been here, and schemas only expand"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("0001_one", ONE + " ", "0001_one.sql has changed"),
        ("0001_other", TWO, "two migrations with the same number"),
        ("0000_late", TWO, "0000_late.sql is new but numbered before 0001_one.sql"),
        ("2_two", TWO, "2_two.sql: a migration is named like"),
    ],
)
def test_a_contradiction_is_refused_and_nothing_is_done(empty: str, tmp_path: Path, name: str, text: str, said: str) -> None:
    migrate(empty, write(tmp_path, _0001_one=ONE))
    (tmp_path / f"{name}.sql").write_text(text)
    with pytest.raises(MigrationRefused, match=said):
        migrate(empty, tmp_path)
    assert rows(empty, "SELECT name FROM schema_migrations") == [("0001_one.sql",)]
    assert rows(empty, "SELECT to_regclass('two')") == [(None,)]


def test_an_empty_directory_is_refused(empty: str, tmp_path: Path) -> None:
    with pytest.raises(MigrationRefused, match="no migration"):
        migrate(empty, tmp_path)


def test_a_file_that_fails_leaves_whole_files_and_the_next_run_goes_on(empty: str, tmp_path: Path) -> None:
    write(tmp_path, _0001_one=ONE, _0002_two=TWO + "INSERT INTO two VALUES ('no number');")
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        migrate(empty, tmp_path)
    assert rows(empty, "SELECT to_regclass('one') IS NULL, to_regclass('two') IS NULL") == [(False, True)]
    assert migrate(empty, write(tmp_path, _0002_two=TWO)) == ["0002_two.sql"]


def test_killed_in_the_middle_of_a_file_it_resumes(empty: str, tmp_path: Path) -> None:
    """The second file ends its own session, as a kill would: half of it has been done by then."""
    suicide = TWO + "SELECT pg_terminate_backend(pg_backend_pid());"
    write(tmp_path, _0001_one=ONE, _0002_two=suicide)
    with pytest.raises(psycopg.OperationalError):
        migrate(empty, tmp_path)
    assert rows(empty, "SELECT to_regclass('one') IS NULL, to_regclass('two') IS NULL") == [(False, True)]
    assert migrate(empty, write(tmp_path, _0002_two=TWO)) == ["0002_two.sql"]


def test_several_at_once_do_it_once(empty: str, tmp_path: Path) -> None:
    files = {f"_{number:04}_step": f"CREATE TABLE step_{number} (n bigint); SELECT pg_sleep(0.01);" for number in range(1, 9)}
    write(tmp_path, **files)
    done: list[list[str]] = []
    threads = [threading.Thread(target=lambda: done.append(migrate(empty, tmp_path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(map(len, done)) == [0, 0, 0, 8]
