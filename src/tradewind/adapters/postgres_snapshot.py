"""Reading a production database at length without being in anybody's way: for incident bundles.

One connection. Everything that must be of one instant is read in one REPEATABLE READ, READ ONLY transaction, page by page
through cursors, and that transaction is short, because it keeps dead rows from being cleaned up; journals are only ever added
to, so they are read after it. After each page we rest for as long as it took: at most half of one backend is ours.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import trio

from tradewind.adapters.postgres_connection import TrioConnection, connect
from tradewind.adapters.postgres_tables import JOURNAL, record_maker, select
from tradewind.ports.errors import Unavailable
from tradewind.ports.store import JournalEntry
from tradewind.ports.tables import Query, Record

SETTINGS = (
    "-c jit=off -c max_parallel_workers_per_gather=0 -c lock_timeout=5s -c statement_timeout=600s "
    "-c idle_in_transaction_session_timeout=120s -c application_name=tradewind-incident"
)
PAGE = 1_000  # rows; a page is what is in memory


class PostgresSource:
    """ops.incident.export.Source. Every call raises Unavailable when the database fails."""

    def __init__(self, connection: TrioConnection) -> None:
        self._connection = connection

    @property
    def server(self) -> str:
        """The server's version."""
        return self._connection.info.parameter_status("server_version") or ""

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[None]:
        """Within it `pages` and `fetch` are of one instant."""
        await self.fetch("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
        await self.fetch("COMMIT")

    async def fetch(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        with _failures():
            async with self._connection.cursor(binary=True) as cursor:
                await cursor.execute(sql, parameters)
                return await cursor.fetchall() if cursor.description else []

    async def schema(self) -> dict[str, str]:
        """Migrations as applied: name -> checksum."""
        return dict(await self.fetch("SELECT name, checksum FROM schema_migrations ORDER BY name"))

    async def pages(self, query: Query) -> AsyncIterator[list[Record]]:
        """Within a snapshot."""
        sql, parameters = select(query)
        make = record_maker(query.table)
        await self.fetch(f"DECLARE paged NO SCROLL CURSOR FOR {sql}", parameters)
        while True:
            began = trio.current_time()
            rows = [make(values) for values in await self.fetch(f"FETCH {PAGE} FROM paged")]
            if rows:
                yield rows
            if len(rows) < PAGE:
                break
            await trio.sleep(trio.current_time() - began)
        await self.fetch("CLOSE paged")

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        began = trio.current_time()
        where = (("shard", "=", shard), ("seq", ">", after))
        sql, parameters = select(Query(JOURNAL, where, order=("seq",), limit=limit))  # type: ignore[arg-type]
        entries = [JournalEntry(*values) for values in await self.fetch(sql, parameters)]
        await trio.sleep(trio.current_time() - began)
        return entries


class _failures:
    """The server's failures, as ports tell them."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, failure: BaseException | None, trace: object) -> None:
        if isinstance(failure, psycopg.Error):
            raise Unavailable(f"store: {failure}") from failure


@asynccontextmanager
async def open_source(conninfo: str) -> AsyncIterator[PostgresSource]:
    with _failures():
        connection = await connect(conninfo, options=SETTINGS)
    try:
        yield PostgresSource(connection)
    finally:
        connection.pgconn.finish()
