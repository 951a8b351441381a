"""The Store's suite on real PostgreSQL servers, and what only a real connection can do to a commit."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from tests.contracts.store_contract import RestartingStoreContract, StoreContract
from tests.contracts.store_differential import DifferentialStoreContract
from tradewind.adapters.embedded import Postgres
from tradewind.adapters.migrate import migrate, migrations_directory
from tradewind.adapters.postgres import PostgresStore, open_store


class OneDatabase:
    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo

    def open(self) -> AbstractAsyncContextManager[PostgresStore]:
        return open_store(self.conninfo)


class OwnServer(OneDatabase):
    def __init__(self, server: Postgres) -> None:
        super().__init__(server.dsn())
        self.server = server

    async def kill(self) -> None:
        self.server.kill()

    async def restart(self) -> None:
        self.server.start()


class TestPostgresStore(StoreContract, DifferentialStoreContract):
    @pytest.fixture
    def world(self, database: str) -> OneDatabase:
        return OneDatabase(database)


class TestRestartedPostgresStore(RestartingStoreContract):
    @pytest.fixture
    def restarting(self, server_home: Path) -> Iterator[OwnServer]:
        server = Postgres(server_home, fsync=False)
        server.start()
        migrate(server.dsn(), migrations_directory())
        yield OwnServer(server)
        server.stop()
