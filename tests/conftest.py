"""Real servers for tests that want them: one PostgreSQL and one Redis per worker, one fresh database per test.

Addresses in TRADEWIND_PG_URL and TRADEWIND_REDIS_URL are used instead where they are set. Whoever kills servers starts his own.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from tradewind.adapters.embedded import ExternalPostgres, ExternalRedis, Postgres, Redis, open_postgres, open_redis
from tradewind.adapters.migrate import migrate

ROOT = Path(__file__).resolve().parents[1]
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def session_home() -> Iterator[Path]:
    """A short path that servers may enter whoever they run as: pytest's own directories are long, and closed to others."""
    home = Path(tempfile.mkdtemp(prefix="tradewind-"))
    home.chmod(0o711)
    yield home
    shutil.rmtree(home)


@pytest.fixture
def server_home(session_home: Path) -> Path:
    """A directory of its own for a test that starts, kills and restarts its own servers."""
    home = session_home / str(next(NUMBERS))
    home.mkdir(mode=0o711)
    return home


@pytest.fixture(scope="session")
def postgres(session_home: Path) -> Iterator[Postgres | ExternalPostgres]:
    server = open_postgres(session_home / "postgres", fsync=False, environ=os.environ)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_server(session_home: Path) -> Iterator[Redis | ExternalRedis]:
    server = open_redis(session_home / "redis", append_only=False, environ=os.environ)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def migrated(postgres: Postgres | ExternalPostgres) -> Iterator[str]:
    """The name of a database with every migration and no row: the template of all others."""
    name = f"tradewind_template_{os.getpid()}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
        migrate(postgres.dsn(name), ROOT / "migrations")
        yield name
        admin.execute(f"DROP DATABASE {name}")


@pytest.fixture
def database(postgres: Postgres | ExternalPostgres, migrated: str) -> Iterator[str]:
    """The connection string of a fresh, migrated database."""
    name = f"tradewind_test_{os.getpid()}_{next(NUMBERS)}"
    with psycopg.connect(postgres.dsn(), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {migrated} STRATEGY FILE_COPY")
        yield postgres.dsn(name)
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def redis_url(redis_server: Redis | ExternalRedis) -> str:
    """The address of an empty Redis database."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushdb()
    return redis_server.url
