"""Migrations: numbered SQL files, applied once each, forward only. Blocking; runs before the services do.

Every file is one transaction together with the row that says it has been applied, so a kill in the middle leaves whole files
behind and the next run goes on from there. An advisory lock makes a second runner wait.
"""

import re
from hashlib import sha256
from pathlib import Path

import psycopg
from psycopg import sql

_LOCK = 0x7472_6164_6577_696E  # "tradewin"
_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
_TABLE = """
    CREATE TABLE IF NOT EXISTS schema_migrations (
        name text COLLATE "C" NOT NULL PRIMARY KEY,
        checksum text COLLATE "C" NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now()
    )"""
# Expand-only changes take locks for an instant; where trading holds them longer, failing is better than queueing behind it.
_LOCK_TIMEOUT = "SET LOCAL lock_timeout = '5s'"
COMMAND = "tradewind migrate"


class MigrationRefused(Exception):
    """The files and what the database has applied contradict each other. The message says which file and how."""


def create_database(dsn: str, name: str) -> None:
    """Make the database `name` on the server that `dsn` reaches, unless it is there."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def migrations_directory() -> Path:
    """The packaged copy in an installed wheel, else the repository's."""
    package = Path(__file__).resolve().parents[1]
    packaged = package / "migrations"
    return packaged if packaged.is_dir() else package.parents[1] / "migrations"


def _files(directory: Path) -> dict[str, tuple[str, str]]:
    """Name -> (SQL, checksum), in the order of their numbers."""
    files = {}
    for path in sorted(directory.glob("*.sql")):
        if _NAME.fullmatch(path.name) is None:
            raise MigrationRefused(f"{path.name}: a migration is named like 0001_what_it_adds.sql")
        text = path.read_bytes()
        files[path.name] = (text.decode(), sha256(text).hexdigest())
    if not files:
        raise MigrationRefused(f"{directory} holds no migration")
    numbers = [name[:4] for name in files]
    if len(set(numbers)) < len(numbers):
        raise MigrationRefused(f"{directory}: two migrations with the same number")
    return files


def _applied(connection: psycopg.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, checksum FROM schema_migrations ORDER BY name").fetchall()
    return dict(rows)


def _missing(files: dict[str, tuple[str, str]], applied: dict[str, str]) -> list[str]:
    """Files still to apply. What a newer version has applied besides them is none of our business: schemas only expand."""
    for name, (_, checksum) in files.items():
        if name in applied and applied[name] != checksum:
            raise MigrationRefused(f"{name} has changed since it was applied; what is applied stays as it is, add a new file")
    missing = [name for name in files if name not in applied]
    newest = max((name for name in applied if name in files), default="")
    late = [name for name in missing if name < newest]
    if late:
        raise MigrationRefused(f"{late[0]} is new but numbered before {newest}, which is applied; give it the next number")
    return missing


def migrate(dsn: str, directory: Path) -> list[str]:
    """Apply what is missing and return its names. Raises MigrationRefused, and psycopg.Error from a file that fails."""
    files = _files(directory)
    with psycopg.connect(dsn, autocommit=True, application_name="tradewind-migrate") as connection:
        # The lock belongs to the session: it goes when we do, however that happens.
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        connection.execute(_TABLE)
        missing = _missing(files, _applied(connection))
        for name in missing:
            sql, checksum = files[name]
            with connection.transaction():
                connection.execute(_LOCK_TIMEOUT)
                connection.execute(sql)
                connection.execute("INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)", (name, checksum))
        return missing


def check_schema(dsn: str, directory: Path) -> str | None:
    """None when the database has every migration in `directory`, else what is wrong and the command that mends it."""
    files = _files(directory)
    with psycopg.connect(dsn, autocommit=True) as connection:
        known = connection.execute("SELECT to_regclass('schema_migrations') IS NOT NULL").fetchone()
        try:
            missing = _missing(files, _applied(connection) if known == (True,) else {})
        except MigrationRefused as refused:
            return str(refused)
    return f"the database lacks {', '.join(missing)}; run `{COMMAND}`" if missing else None
