"""Bundles of a real PostgreSQL: while somebody commits to it all the time, and through the command."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from gzip import decompress
from pathlib import Path

import psycopg
import pytest
import trio

from sim.cli import main as tradewind_sim
from sim.incident.replay import replay
from tests.audit.exchange import TWO_AND_TWO, Exchange
from tests.incident.exchange import CANARIES, house, lived
from tests.ops.test_audit import rows_of
from tradewind.adapters.postgres import PostgresStore, open_store
from tradewind.adapters.postgres_snapshot import open_source
from tradewind.cli import main as tradewind
from tradewind.machines import MACHINES
from tradewind.messages.topology import service_of
from tradewind.ops.incident.export import export
from tradewind.ops.incident.window import parse
from tradewind.ports.errors import Unavailable
from tradewind.ports.store import COMMANDS, POSITIONS, Commit, Head, Lease
from tradewind.ports.tables import Change, Key, Query, Table
from tradewind.services.clearing.tables import BALANCES

SECRET = "x" * 32


class Committing:
    """Carries what happens in an exchange to PostgreSQL, shard by shard, commit by commit."""

    def __init__(self, store: PostgresStore, exchange: Exchange) -> None:
        self._store, self._exchange = store, exchange
        self._heads = {name: Head() for name in exchange.shards}
        self._leases: dict[str, Lease] = {}
        self._stored: dict[tuple[str, Table], dict[Key, object]] = {}
        self.commits = 0

    async def open(self) -> None:
        for name in self._exchange.shards:
            self._leases[name] = await self._store.acquire(name, "test", "", 60.0)

    async def carry(self) -> None:
        for name, shard in self._exchange.shards.items():
            entries = shard.journal[self._heads[name].seq :]
            if entries:
                commit = Commit(self._heads[name], shard.head, entries, self._changes(name))
                self._heads[name] = shard.head
                await self._store.commit(self._leases[name], commit)
                self.commits += 1

    def _changes(self, name: str) -> list[Change]:
        changes = []
        for table in (*MACHINES[service_of(name)].tables, POSITIONS, COMMANDS):
            before = self._stored.get((name, table), {})
            now = {table.key_of(row): row for row in rows_of(self._exchange, name, table)}
            put, removed = (
                [row for key, row in now.items() if before.get(key) != row],
                [key for key in before if key not in now],
            )
            changes.append(Change(table, put, removed))
            self._stored[name, table] = dict(now)
        return [change for change in changes if change.put or change.removed]

    async def forever(self) -> None:
        while True:
            self._exchange.trade(3)
            await self.carry()


@asynccontextmanager
async def committing(database: str, exchange: Exchange) -> AsyncIterator[Committing]:
    async with open_store(database) as store:
        carrying = Committing(store, exchange)
        await carrying.open()
        await carrying.carry()
        yield carrying


@pytest.mark.parametrize("since", ["start", "clearing/0:60", "now"])
async def test_an_export_from_under_commits_replays_bit_for_bit(database: str, tmp_path: Path, since: str) -> None:
    exchange = lived(21)
    async with committing(database, exchange) as carrying, trio.open_nursery() as nursery:
        nursery.start_soon(carrying.forever)
        before = carrying.commits
        async with open_source(database) as source:
            exported = await export(source, house(TWO_AND_TWO), parse(since), parse("now"), tmp_path / "bundle")
        assert carrying.commits > before + 5, "somebody trades meanwhile"
        nursery.cancel_scope.cancel()
    assert exported.header.versions.postgres and "0003_clearing.sql" in exported.header.versions.schema
    replayed = replay(tmp_path / "bundle")
    assert replayed.same and replayed.compared == list(exchange.shards)
    plain = decompress((tmp_path / "bundle").read_bytes())
    assert [canary for canary in CANARIES if canary in plain] == []


async def test_a_snapshot_is_of_one_instant_and_paged(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tradewind.adapters.postgres_snapshot.PAGE", 4)
    async with committing(database, lived(22)) as carrying:
        async with open_source(database) as source, source.snapshot():

            async def balances() -> list[object]:
                pages = [page async for page in source.pages(Query(BALANCES))]
                assert [len(page) for page in pages[:-1]] == [4] * (len(pages) - 1) and len(pages) > 3
                return [row for page in pages for row in page]

            first = await balances()
            carrying._exchange.trade(20)
            await carrying.carry()
            assert await balances() == first
            with pytest.raises(Unavailable, match="read-only"):
                await source.fetch("UPDATE balances SET available = 0")
        async with open_source(database) as source, source.snapshot():
            assert [row async for page in source.pages(Query(BALANCES)) for row in page] != first


async def fill(database: str, exchange: Exchange) -> None:
    async with committing(database, exchange):
        pass


def test_the_command_masks_what_the_environment_knows(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trio.run(fill, database, lived(23))
    canaries = {"INTERNAL_TOKEN": "i" * 40, "ADMIN_TOKEN": "a" * 40, "TRADEWIND_REDIS_URL": "redis://:pw-canary@nowhere"}
    environ = canaries | {"API_KEY_SECRET_KEY": f"k:{b64encode(b'v' * 32).decode()}", "TRADEWIND_CLEARING_SHARDS": "2"}
    for name, value in (environ | {"TRADEWIND_PG_URL": database}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("os.nice", lambda _: 0)
    bundle = tmp_path / "bundle"
    assert tradewind(["incident", "export", "--from", "clearing/1:30", "--out", str(bundle)]) == 0
    seal = capsys.readouterr().out.split()[-1]
    plain = decompress(bundle.read_bytes())
    secrets = [*canaries.values(), database, "v" * 32, b64encode(b"v" * 32).decode()]
    assert [secret for secret in secrets if secret.encode() in plain] == []
    assert tradewind_sim(["incident", "replay", str(bundle)]) == 0
    assert seal in capsys.readouterr().out
    later = ["incident", "export", "--from", "now", "--out", str(tmp_path / "later"), "--base", str(bundle)]
    assert tradewind(later) == 0
    assert tradewind([*later[:3], "clearing/1:2", *later[4:]]) == 1
    assert "begins at" in capsys.readouterr().err
    with psycopg.connect(database) as connection:
        connection.execute("UPDATE balances SET available = available + 1 WHERE account = 1 AND asset = 'BTC'")
    assert tradewind(["incident", "export", "--from", "clearing/1:30", "--out", str(bundle)]) == 0
    assert tradewind_sim(["incident", "replay", str(bundle)]) == 1
    assert "balances (1, 1, 'BTC'): the row was" in capsys.readouterr().out
    monkeypatch.setenv("TRADEWIND_PG_URL", "host=127.0.0.1 port=1 user=nobody connect_timeout=2")
    assert tradewind(["incident", "export", "--from", "now", "--out", str(bundle)]) == 69
