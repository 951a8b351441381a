"""What a commit says when its connection breaks, its server refuses, its caller gives up, or its rows are impossible."""

from collections import Counter
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest
import trio

from tests.contracts.postgres_proxy import Cut, open_proxy
from tests.contracts.store_rows import balance, chain_at, commit_all, commit_of, posting
from tradewind.adapters.postgres import open_store
from tradewind.adapters.postgres_connection import connect
from tradewind.ports.errors import Fenced, Held, Unavailable, Unknown
from tradewind.ports.store import Head
from tradewind.ports.tables import Change, Query
from tradewind.services.clearing.tables import BALANCES, LEDGER, Posting

SHARD = "clearing/0"
LONG_S = 60.0


async def stood(conninfo: str) -> int:
    """Where the journal stands, as somebody else sees it."""
    async with open_store(conninfo) as store:
        return (await store.heads())[SHARD].seq


@pytest.mark.parametrize(("cut", "done"), [(Cut.BEFORE_COMMIT, False), (Cut.AFTER_COMMIT, True)])
@pytest.mark.parametrize("entries", [1, 2_000])
async def test_a_wire_cut_around_commit_is_unknown_either_way(database: str, cut: Cut, done: bool, entries: int) -> None:
    async with open_proxy(database) as proxy, open_store(proxy.conninfo) as store:
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        head = await commit_all(store, lease, [Change(BALANCES, [balance(1, "BTC", 1)])])
        proxy.cut = cut
        commit = commit_of(lease, entries, Change(BALANCES, [balance(1, "BTC", 2)]), prev=head)
        with pytest.raises(Unknown):
            await store.commit(lease, commit)
        assert proxy.cuts == 1
        proxy.cut = Cut.NEVER
        again = await store.acquire(SHARD, "ann", "", LONG_S)
        assert again.head == (commit.head if done else head)
        assert await store.read([Query(BALANCES)]) == [[balance(1, "BTC", 2 if done else 1)]]
        await store.commit(again, commit_of(again))
        with pytest.raises(Fenced):
            await store.commit(lease, commit_of(lease, 1, prev=Head(again.head.seq + 1, chain_at(0), 0)))


async def test_a_wire_cut_before_a_commit_began_is_unavailable(database: str) -> None:
    async with open_proxy(database) as proxy, open_store(proxy.conninfo) as store:
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        head = await commit_all(store, lease, [])
        await proxy.cut_now()
        for _ in range(3):
            with pytest.raises(Unavailable):
                await store.commit(lease, commit_of(lease, prev=head))
            with pytest.raises(Unavailable):
                await store.heads()
        assert await stood(database) == 1
        proxy.cut = Cut.NEVER
        await store.commit(lease, commit_of(lease, prev=head))
        assert await stood(database) == 2


@asynccontextmanager
async def blocked(conninfo: str) -> Any:
    """A stranger holds the shard's row; yields his connection and how to wait until somebody waits for him."""
    stranger = await connect(conninfo)
    watcher = await connect(conninfo)
    try:
        await stranger.execute("BEGIN")
        await stranger.execute("SELECT 1 FROM shards FOR UPDATE")

        async def victim() -> int:
            with trio.fail_after(30):
                while True:
                    cursor = await watcher.execute(
                        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
                    )
                    row = await cursor.fetchone()
                    if row is not None:
                        return int(row[0])

        yield stranger, watcher, victim
    finally:
        await stranger.close()
        await watcher.close()


async def test_a_server_that_ends_the_session_before_commit_has_surely_done_nothing(database: str) -> None:
    async with open_store(database) as store:
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        async with blocked(database) as (_, watcher, victim), trio.open_nursery() as nursery:

            async def commit() -> None:
                with pytest.raises(Unavailable):
                    await store.commit(lease, commit_of(lease))

            nursery.start_soon(commit)
            await watcher.execute("SELECT pg_terminate_backend(%s)", (await victim(),))
        assert await stood(database) == 0
        await store.commit(lease, commit_of(lease))


async def test_cancelling_does_not_stop_a_commit_that_has_begun(database: str) -> None:
    async with open_store(database) as store:
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        returned = []
        async with blocked(database) as (stranger, _, victim), trio.open_nursery() as nursery:
            scope = trio.CancelScope()

            async def commit() -> None:
                with scope:
                    await store.commit(lease, commit_of(lease))
                    returned.append("commit")

            nursery.start_soon(commit)
            await victim()
            scope.cancel()
            await stranger.execute("ROLLBACK")
        assert returned == ["commit"], "it has been done, so the caller hears of it"
        assert await stood(database) == 1


async def test_a_cancelled_caller_begins_no_commit(database: str) -> None:
    async with open_store(database) as store:
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        with trio.CancelScope() as scope:
            scope.cancel()
            await store.commit(lease, commit_of(lease))
        assert scope.cancelled_caught
        assert await stood(database) == 0


async def test_a_commit_without_an_answer_in_time_is_unknown(database: str) -> None:
    async with open_store(database, commit_timeout_s=0.2) as store:
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        async with blocked(database) as (stranger, _, _):
            with pytest.raises(Unknown):
                await store.commit(lease, commit_of(lease))
            await stranger.execute("ROLLBACK")
        # Whoever acquires waits for the row, so by then the fate of the commit is decided.
        again = await store.acquire(SHARD, "ann", "", LONG_S)
        assert again.head.seq in (0, 1)
        await store.commit(again, commit_of(again))


async def test_a_commit_renews_the_lease(database: str) -> None:
    async with open_store(database) as ann, open_store(database) as bob:
        lease = await ann.acquire(SHARD, "ann", "", LONG_S)
        async with await connect(database) as admin:
            await admin.execute("UPDATE shards SET expires_at = clock_timestamp() - interval '1 hour'")
        await ann.commit(lease, commit_of(lease))
        with pytest.raises(Held):
            await bob.acquire(SHARD, "bob", "", LONG_S)


IMPOSSIBLE: list[tuple[str, Change]] = [
    ("balances_no_debt", Change(BALANCES, [balance(1, "BTC", -1)])),
    ("put_balances", Change(BALANCES, [balance(1, "BTC", 2**63)])),
    ("ledger_pkey", Change(LEDGER, [posting(5, 1), posting(5, 1)])),
    ("ledger_kind", Change(LEDGER, [Posting(0, 5, 1, 5, "", "r", 7, "BTC", 1)])),
    ("invalid byte sequence", Change(BALANCES, [balance(1, "B\0", 1)])),
]


@pytest.mark.parametrize(("named", "change"), IMPOSSIBLE, ids=[named for named, _ in IMPOSSIBLE])
async def test_impossible_rows_are_our_bug_and_nothing_is_done(database: str, named: str, change: Change) -> None:
    async with open_store(database) as store:
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        with pytest.raises(AssertionError, match=named):
            await store.commit(lease, commit_of(lease, 1, Change(BALANCES, [balance(9, "BTC", 9)]), change))
        assert await store.read([Query(BALANCES), Query(LEDGER)]) == [[], []]
        await store.commit(lease, commit_of(lease))


async def test_accounts_of_the_exchange_may_owe(database: str) -> None:
    async with open_store(database) as store:
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        await commit_all(store, lease, [Change(BALANCES, [balance(-1, "BTC", -5)])])


async def test_readers_outlive_cancelled_and_broken_reads(database: str) -> None:
    """More readers than connections, many of them cancelled: those that stay get their rows, and connections stay few."""
    got: Counter[str] = Counter()
    async with open_store(database, readers=3) as store:
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        rows = [balance(account, "BTC", 1) for account in range(500)]
        await commit_all(store, lease, [Change(BALANCES, rows)])

        async def read(turns: int) -> None:
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(stop_after, turns, scope)
                    assert await store.read([Query(BALANCES)] * (1 + turns % 2)) == [rows] * (1 + turns % 2)
                    got["read"] += 1
                    nursery.cancel_scope.cancel()
            got["cancelled"] += scope.cancelled_caught

        async def stop_after(turns: int, scope: trio.CancelScope) -> None:
            for _ in range(turns):
                await trio.lowlevel.checkpoint()
            scope.cancel()

        for turns in (0, 1, 2, 3, 5, 8, 13, 100_000):
            async with trio.open_nursery() as nursery:
                for _ in range(8):
                    nursery.start_soon(read, turns)
        assert await store.read([Query(BALANCES)]) == [rows]
    assert got["cancelled"] >= 8
    assert got["read"] >= 8
    with psycopg.connect(database, autocommit=True) as admin:
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with trio.fail_after(30):
            while admin.execute(query).fetchone() != (0,):
                await trio.lowlevel.checkpoint()
