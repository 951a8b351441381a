"""Reading for an audit: a store that goes on trading while it is read, and one that is PostgreSQL."""

from base64 import b64encode
from collections.abc import Iterator, Sequence

import msgspec
import psycopg
import pytest

from sim.models.database import Database
from tests.audit.exchange import Exchange
from tradewind.adapters.postgres import open_store
from tradewind.cli import main
from tradewind.machines import MACHINES
from tradewind.messages.topology import index_of, service_of
from tradewind.ops.audit import audit_store
from tradewind.ports.store import COMMANDS, POSITIONS, SHARDS, Commit, Head, JournalEntry, ShardEnd
from tradewind.ports.tables import Change, Query, Record, Table
from tradewind.services.clearing.tables import BALANCES


class Trading:
    """The reading half of a store over an exchange. Between any two reads somebody trades."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.lost: tuple[str, int] = ("", 0)

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        ends = [
            ShardEnd(name, 1, shard.head.seq, shard.head.chain, shard.head.at) for name, shard in self.exchange.shards.items()
        ]
        found = [ends if query.table is SHARDS else list(self.exchange.rows.get(query.table, {}).values()) for query in queries]
        self.exchange.trade(3)
        return found

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        self.exchange.trade(3)
        entries = self.exchange.shards[shard].journal[after : after + limit]
        return [entry for entry in entries if (shard, entry.seq) != self.lost]


def trading(seed: int) -> Exchange:
    exchange = Exchange(seed)
    exchange.open()
    exchange.trade(80)
    return exchange


async def test_a_busy_store_has_no_findings() -> None:
    exchange = trading(3)
    assert await audit_store(Trading(exchange), exchange.topology, MACHINES, quiet=False) == []


async def test_what_a_busy_store_has_lost_is_found() -> None:
    exchange = trading(4)
    store = Trading(exchange)
    store.lost = ("matching/1", 5)
    findings = await audit_store(store, exchange.topology, MACHINES, quiet=False)
    assert {"A12", "A16"} <= {finding.auditor for finding in findings}
    assert any("matching/1 seq 6" in str(finding) for finding in findings)


def commits_of(exchange: Exchange) -> Iterator[tuple[str, Commit]]:
    """Each shard's whole history in one commit."""
    for name, shard in exchange.shards.items():
        tables = (*MACHINES[service_of(name)].tables, POSITIONS, COMMANDS)
        changes = [Change(table, rows) for table in tables if (rows := rows_of(exchange, name, table))]
        if shard.journal:
            yield name, Commit(Head(), shard.head, shard.journal, changes)


def test_the_simulated_database_shows_its_heads_as_rows() -> None:
    exchange = trading(6)
    database = Database(lambda: 0)
    for name, commit in commits_of(exchange):
        database.commit(database.acquire(name, "test", "", 10**9), commit)
    (ends,) = database.read([Query(SHARDS)])
    assert {end.shard: Head(end.seq, end.chain, end.at) for end in ends} == {
        name: shard.head for name, shard in exchange.shards.items() if shard.journal
    }


def rows_of(exchange: Exchange, shard: str, table: Table) -> list[Record]:
    rows = exchange.rows.get(table, {}).values()
    if table in (POSITIONS, COMMANDS):
        return [row for row in rows if row.shard == shard]
    return [row for row in rows if "shard" not in table.columns or row.shard == index_of(shard)]


async def test_postgresql_gives_it_back_as_it_was(database: str) -> None:
    exchange = trading(5)
    exchange.settle()
    async with open_store(database) as store:
        for name, commit in commits_of(exchange):
            await store.commit(await store.acquire(name, "test", "", 60.0), commit)
        assert await audit_store(store, exchange.topology, MACHINES, quiet=True) == []
        row = next(row for row in exchange.rows[BALANCES].values() if row.account > 0)
        lease = await store.acquire(f"clearing/{row.shard}", "test", "", 60.0)
        wrong = msgspec.structs.replace(row, available=row.available + 1)
        await store.commit(lease, Commit(lease.head, lease.head, [], [Change(BALANCES, [wrong])]))
        findings = await audit_store(store, exchange.topology, MACHINES, quiet=True)
    assert {finding.auditor for finding in findings} == {"A1", "A3", "A16"}


def test_the_command_says_what_it_finds(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, key = "x" * 32, b64encode(bytes(32)).decode()
    environ = {
        "TRADEWIND_REDIS_URL": "unused",
        "INTERNAL_TOKEN": secret,
        "ADMIN_TOKEN": secret,
        "API_KEY_SECRET_KEY": f"k:{key}",
    }
    for name, value in {**environ, "TRADEWIND_PG_URL": database}.items():
        monkeypatch.setenv(name, value)
    assert main(["audit", "--quiet"]) == 0
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO balances VALUES (0, 7, 'BTC', 3, 0)")
    capsys.readouterr()
    assert main(["audit"]) == 1
    assert "FAIL A1 conservation: clearing/0 BTC: all accounts sum to +3 units, not 0" in capsys.readouterr().out
    monkeypatch.setenv("TRADEWIND_PG_URL", "host=127.0.0.1 port=1 user=nobody connect_timeout=2")
    assert main(["audit"]) == 69
