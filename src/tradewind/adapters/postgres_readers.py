"""A few connections that everything but commits shares: queries, leases, heads."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import trio

from tradewind.adapters.postgres_connection import TrioConnection, connect, gone
from tradewind.adapters.postgres_tables import record_maker, select
from tradewind.ports.errors import Unavailable
from tradewind.ports.tables import Query, Record, Table

SETTINGS = "-c jit=off -c lock_timeout=5s -c application_name=tradewind-reader"
# InternalError is what a standby says to a write.
_REFUSALS = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
_SNAPSHOT = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Readers:
    """At most `size` connections, made when needed. A connection on which anything went wrong is closed, not reused."""

    def __init__(self, conninfo: str, size: int) -> None:
        assert size > 0
        self._conninfo = conninfo
        self._free = trio.Semaphore(size)
        self._idle: list[TrioConnection] = []

    def close(self) -> None:
        while self._idle:
            self._idle.pop().pgconn.finish()

    def _take_idle(self) -> TrioConnection | None:
        while self._idle:
            connection = self._idle.pop()
            if not gone(connection):
                return connection
            connection.pgconn.finish()
        return None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[TrioConnection]:
        async with self._free:
            connection: TrioConnection | None = None
            fit = False
            try:
                connection = self._take_idle() or await connect(self._conninfo, options=SETTINGS)
                yield connection
                fit = True
            except _REFUSALS as failure:
                # What broke one connection has very likely broken the idle ones: the next caller shall not try each.
                self.close()
                raise Unavailable(f"store: {failure}") from failure
            finally:
                if connection is not None:
                    if fit:
                        self._idle.append(connection)
                    else:
                        connection.pgconn.finish()

    async def fetch(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Rows of one statement in its own transaction. Raises Unavailable."""
        async with self._connection() as connection, connection.cursor(binary=True) as cursor:
            await cursor.execute(sql, parameters, prepare=True)
            return await cursor.fetchall()

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        """Records of each query; more than one query read the same snapshot. Raises Unavailable."""
        if not queries:
            return []
        async with self._connection() as connection:
            cursors = [_cursor(connection, query.table) for query in queries]
            if len(queries) == 1:
                await _execute(cursors[0], queries[0])
            else:
                async with connection.pipeline():
                    await connection.execute(_SNAPSHOT)
                    for cursor, query in zip(cursors, queries, strict=True):
                        await _execute(cursor, query)
                    await connection.execute("COMMIT")
            return [await cursor.fetchall() for cursor in cursors]


def _cursor(connection: TrioConnection, table: Table) -> psycopg.AsyncCursor[Any]:
    make = record_maker(table)
    return connection.cursor(binary=True, row_factory=lambda _: make)


async def _execute(cursor: psycopg.AsyncCursor[Any], query: Query) -> None:
    sql, parameters = select(query)
    await cursor.execute(sql, parameters, prepare=True)
