"""What every Store must do. A test class inherits these and offers a fixture `world`; PostgreSQL and its model both pass.

RestartingStoreContract is for worlds whose server can be killed and started again (fixture `restarting`). The comparison of
long random conversations is in store_differential.py.
"""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

import pytest
import trio

from tests.contracts.store_rows import append, balance, chain_at, commit_all, commit_of, extreme_holds, position, posting
from tradewind.ports.errors import Fenced, Held, PortError, Unavailable
from tradewind.ports.store import CHAIN_START, POSITIONS, Head, ShardHead, Store
from tradewind.ports.tables import Change, Query
from tradewind.services.clearing.tables import BALANCES, HOLDS, LEDGER
from tradewind.values.orders import OrderType, Side

SHARD = "clearing/0"
LONG_S = 60.0  # a lease that outlasts the test
GONE_S = 0.0  # a lease that has run out when it is given


class StoreWorld(Protocol):
    def open(self) -> AbstractAsyncContextManager[Store]:
        """The store as another process sees it. All of them see one database, empty when the test begins."""
        ...


class RestartingStoreWorld(StoreWorld, Protocol):
    async def kill(self) -> None: ...

    async def restart(self) -> None:
        """After kill: what was committed is there."""
        ...


class LeaseContract:
    async def test_the_first_lease_begins_an_empty_journal(self, world: StoreWorld) -> None:
        async with world.open() as store:
            lease = await store.acquire(SHARD, "ann", "ann:1", LONG_S)
            assert (lease.shard, lease.epoch, lease.holder, lease.head) == (SHARD, 1, "ann", Head(0, CHAIN_START, 0))
            assert await store.heads() == {SHARD: ShardHead(SHARD, 1, 0, "ann", "ann:1")}

    async def test_a_lease_keeps_others_out_but_not_its_own_holder(self, world: StoreWorld) -> None:
        async with world.open() as ann, world.open() as bob:
            await ann.acquire(SHARD, "ann", "", LONG_S)
            with pytest.raises(Held):
                await bob.acquire(SHARD, "bob", "", LONG_S)
            assert (await ann.acquire(SHARD, "ann", "", LONG_S)).epoch == 2
            assert (await bob.acquire("clearing/1", "bob", "", LONG_S)).epoch == 1

    async def test_a_lease_that_ran_out_may_be_taken_or_renewed(self, world: StoreWorld) -> None:
        async with world.open() as ann, world.open() as bob:
            first = await ann.acquire(SHARD, "ann", "", GONE_S)
            await ann.renew(first, LONG_S)
            with pytest.raises(Held):
                await bob.acquire(SHARD, "bob", "", LONG_S)
            await ann.renew(first, GONE_S)
            assert (await bob.acquire(SHARD, "bob", "bob:1", LONG_S)).epoch == 2
            with pytest.raises(Fenced):
                await ann.renew(first, LONG_S)
            assert await ann.heads() == {SHARD: ShardHead(SHARD, 2, 0, "bob", "bob:1")}

    async def test_release_lets_the_next_in_and_is_silent_when_the_lease_is_gone(self, world: StoreWorld) -> None:
        async with world.open() as ann, world.open() as bob:
            first = await ann.acquire(SHARD, "ann", "ann:1", LONG_S)
            await ann.release(first)
            assert (await bob.heads())[SHARD].address == ""
            second = await bob.acquire(SHARD, "bob", "bob:1", LONG_S)
            await ann.release(first)
            await bob.commit(second, commit_of(second))
            assert await ann.heads() == {SHARD: ShardHead(SHARD, 2, 1, "bob", "bob:1")}

    async def test_a_lease_given_back_is_over_though_nobody_has_taken_it(self, world: StoreWorld) -> None:
        async with world.open() as store, world.open() as other:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            await store.release(lease)
            for look in (store, other):
                with pytest.raises(Fenced):
                    await look.commit(lease, commit_of(lease, 1, Change(BALANCES, [balance(1, "BTC", 1)])))
                with pytest.raises(Fenced):
                    await look.renew(lease, LONG_S)
            await store.release(lease)
            assert await store.read([Query(BALANCES)]) == [[]] and await store.journal(SHARD, 0, 9) == []
            again = await other.acquire(SHARD, "bob", "", LONG_S)
            assert (again.epoch, again.head) == (2, lease.head)
            await other.commit(again, commit_of(again))

    async def test_of_many_who_ask_at_once_one_gets_it(self, world: StoreWorld) -> None:
        epochs: list[int] = []
        refused: list[str] = []
        async with world.open() as left, world.open() as right, trio.open_nursery() as nursery:

            async def ask(store: Store, holder: str, shard: str, ttl_s: float) -> None:
                try:
                    epochs.append((await store.acquire(shard, holder, "", ttl_s)).epoch)
                except Held:
                    refused.append(holder)

            for number in range(8):
                nursery.start_soon(ask, (left, right)[number % 2], f"holder-{number}", SHARD, LONG_S)
        assert (epochs, len(refused)) == ([1], 7)
        epochs.clear()
        async with world.open() as left, world.open() as right, trio.open_nursery() as nursery:
            for number in range(8):
                nursery.start_soon(ask, (left, right)[number % 2], f"holder-{number}", "clearing/1", GONE_S)
        assert sorted(epochs) == list(range(1, 9)), "each lease that has run out gave way to the next"


class CommitContract:
    async def test_a_commit_is_in_the_journal_the_rows_and_the_head(self, world: StoreWorld) -> None:
        async with world.open() as store, world.open() as other:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            commit = commit_of(lease, 3, Change(BALANCES, [balance(7, "BTC", 5), balance(8, "BTC", 6)]))
            await store.commit(lease, commit)
            assert await other.journal(SHARD, 0, 100) == commit.entries
            assert await other.journal(SHARD, 1, 1) == commit.entries[1:2]
            assert await other.journal(SHARD, 3, 100) == []
            assert await other.journal("clearing/1", 0, 100) == []
            assert await other.read([Query(BALANCES)]) == [[balance(7, "BTC", 5), balance(8, "BTC", 6)]]
            assert (await other.acquire(SHARD, "ann", "", LONG_S)).head == commit.head

    async def test_commits_follow_each_other(self, world: StoreWorld) -> None:
        async with world.open() as store:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            head = lease.head
            for count in (1, 5, 0, 2):  # none: rows alone may change too
                commit = commit_of(lease, count, Change(POSITIONS, [position(SHARD, "admin/0", head.seq)]), prev=head)
                await store.commit(lease, commit)
                head = commit.head
            assert [entry.seq for entry in await store.journal(SHARD, 0, 100)] == list(range(1, 9))
            assert await store.read([Query(POSITIONS)]) == [[position(SHARD, "admin/0", 6)]]

    async def test_rows_are_put_replaced_removed_and_appended(self, world: StoreWorld) -> None:
        async with world.open() as store:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            first = [
                Change(BALANCES, [balance(n, "BTC", n) for n in range(1, 6)]),
                append(LEDGER, posting(1, 0), posting(1, 1)),
            ]
            head = await commit_all(store, lease, first)
            second = [
                Change(BALANCES, [balance(2, "BTC", 22), balance(9, "ETH", 9)], [(0, 1, "BTC"), (0, 5, "BTC"), (0, 77, "BTC")]),
                append(LEDGER, posting(2, 0)),
            ]
            await commit_all(store, lease, second, head)
            balances, ledger = await store.read([Query(BALANCES), Query(LEDGER)])
            assert balances == [balance(2, "BTC", 22), balance(3, "BTC", 3), balance(4, "BTC", 4), balance(9, "ETH", 9)]
            assert ledger == [posting(1, 0), posting(1, 1), posting(2, 0)]

    async def test_values_come_back_as_they_went(self, world: StoreWorld) -> None:
        async with world.open() as store:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            rows = [*extreme_holds()]
            await commit_all(store, lease, [Change(HOLDS, rows)])
            (found,) = await store.read([Query(HOLDS)])
            assert found == rows
            assert [(type(row.side), type(row.type)) for row in found] == [(Side, OrderType)] * len(rows)

    async def test_a_zombie_commits_nothing(self, world: StoreWorld) -> None:
        async with world.open() as ann, world.open() as bob:
            zombie = await ann.acquire(SHARD, "ann", "", GONE_S)
            lease = await bob.acquire(SHARD, "bob", "", LONG_S)
            with pytest.raises(Fenced):
                await ann.commit(zombie, commit_of(zombie, 1, Change(BALANCES, [balance(1, "BTC", 1)])))
            await bob.commit(lease, commit_of(lease))
            with pytest.raises(Fenced):
                await ann.commit(zombie, commit_of(zombie, 1, prev=Head(1, bytes(16), 1)))
            assert await ann.read([Query(BALANCES)]) == [[]]
            assert [entry.epoch for entry in await ann.journal(SHARD, 0, 9)] == [2]

    async def test_a_commit_on_another_head_does_nothing(self, world: StoreWorld) -> None:
        async with world.open() as store:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            commit = commit_of(lease, 2)
            await store.commit(lease, commit)
            for prev in (lease.head, Head(1, bytes(16), 1), Head(3, bytes(16), 3)):
                with pytest.raises(Fenced):
                    await store.commit(lease, commit_of(lease, 1, Change(BALANCES, [balance(1, "BTC", 1)]), prev=prev))
            await store.commit(lease, commit_of(lease, 1, prev=commit.head))
            assert await store.read([Query(BALANCES)]) == [[]]
            assert len(await store.journal(SHARD, 0, 9)) == 3

    async def test_a_commit_on_another_history_does_nothing(self, world: StoreWorld) -> None:
        """Epoch and seq may come a second time, after a failover that lost commits: the chain tells the histories apart."""
        async with world.open() as store:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            head = await commit_all(store, lease, [])
            for prev in (Head(head.seq, chain_at(9), head.at), Head(head.seq, CHAIN_START, head.at)):
                for entries in (1, 0):
                    with pytest.raises(Fenced):
                        changes = Change(BALANCES, [balance(1, "BTC", 1)])
                        await store.commit(lease, commit_of(lease, entries, changes, prev=prev))
            assert (await store.journal(SHARD, 0, 9))[-1].chain == head.chain
            assert await store.read([Query(BALANCES)]) == [[]]
            await store.commit(lease, commit_of(lease, 1, prev=head))

    async def test_entries_must_follow_the_head(self, world: StoreWorld) -> None:
        async with world.open() as store:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            whole = commit_of(lease, 3)
            for entries in (whole.entries[1:], whole.entries[:2], whole.entries[::2], whole.entries[::-1]):
                with pytest.raises(AssertionError):
                    await store.commit(lease, type(whole)(whole.prev, whole.head, entries, []))
            assert await store.journal(SHARD, 0, 9) == []

    async def test_shards_commit_beside_each_other(self, world: StoreWorld) -> None:
        shards = [f"matching/{number}" for number in range(4)]
        async with world.open() as store:

            async def work(shard: str) -> None:
                lease = await store.acquire(shard, "ann", "", LONG_S)
                head = lease.head
                for _ in range(10):
                    commit = commit_of(lease, 2, Change(POSITIONS, [position(shard, "clearing/0", head.seq)]), prev=head)
                    await store.commit(lease, commit)
                    head = commit.head

            async with trio.open_nursery() as nursery:
                for shard in shards:
                    nursery.start_soon(work, shard)
            assert {name: head.seq for name, head in (await store.heads()).items()} == dict.fromkeys(shards, 20)
            assert [row.position for row in (await store.read([Query(POSITIONS)]))[0]] == [18] * 4


class ReadContract:
    async def test_where_order_and_limit(self, world: StoreWorld) -> None:
        rows = [balance(account, asset, account * 10) for account in range(1, 6) for asset in ("BTC", "ETH", "é")]
        async with world.open() as store:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            await commit_all(store, lease, [Change(BALANCES, rows[::-1])])

            async def found(*where: tuple[str, str, object], **options: object) -> list[tuple[int, str]]:
                (records,) = await store.read([Query(BALANCES, where, **options)])  # type: ignore[arg-type]
                return [(record.account, record.asset) for record in records]

            assert await found() == [(row.account, row.asset) for row in rows]
            assert await found(("account", "=", 3)) == [(3, "BTC"), (3, "ETH"), (3, "é")]
            assert await found(("account", ">", 4), ("asset", "<=", "ETH")) == [(5, "BTC"), (5, "ETH")]
            assert await found(("account", "<", 2), ("asset", ">=", "ETH")) == [(1, "ETH"), (1, "é")]
            assert await found(("asset", "in", ["é", "none"]), ("account", "in", (1, 2, 99))) == [(1, "é"), (2, "é")]
            assert await found(("asset", "in", [])) == []
            assert await found(limit=2) == [(1, "BTC"), (1, "ETH")]
            assert await found(limit=0) == []
            assert await found(order=("asset", "account"), descending=True, limit=2) == [(5, "é"), (4, "é")]
            assert await found(("available", ">=", 40), order=("asset", "available"), limit=1) == [(4, "BTC")]

    async def test_rows_that_are_equal_in_order_come_by_key(self, world: StoreWorld) -> None:
        keys = [(account, asset) for account in (3, 1, 2) for asset in ("ETH", "BTC")]
        async with world.open() as store:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            await commit_all(store, lease, [Change(BALANCES, [balance(*key, 5) for key in keys])])
            for order in (("available",), ("asset",), ("available", "asset")):
                for down in (False, True):
                    (rows,) = await store.read([Query(BALANCES, order=order, descending=down, limit=4)])
                    by = sorted(keys, key=lambda key: (key[1] if "asset" in order else "", key), reverse=down)
                    assert [(row.account, row.asset) for row in rows] == by[:4], (order, down)

    async def test_reading_nothing_gives_nothing(self, world: StoreWorld) -> None:
        async with world.open() as store:
            assert await store.read([]) == []
            assert await store.read([Query(BALANCES), Query(HOLDS)]) == [[], []]
            assert await store.heads() == {}

    async def test_all_queries_see_one_snapshot(self, world: StoreWorld) -> None:
        """One unit goes to and fro between two accounts while others look: nobody ever sees it twice or not at all."""
        async with world.open() as writer, world.open() as reader, trio.open_nursery() as nursery:
            lease = await writer.acquire(SHARD, "ann", "", LONG_S)
            head = await commit_all(writer, lease, [Change(BALANCES, [balance(1, "BTC", 1), balance(2, "BTC", 0)])])
            seen: set[tuple[int, ...]] = set()
            snapshots = 0

            async def look() -> None:
                nonlocal snapshots
                while seen != {(1, 0), (0, 1)} or snapshots < 50:
                    pages = await reader.read([Query(BALANCES, (("account", "=", account),)) for account in (1, 2)])
                    seen.add(tuple(page[0].available for page in pages))
                    snapshots += 1

            async def move() -> None:
                nonlocal head
                while True:
                    there = head.seq % 2
                    rows = [balance(1, "BTC", 1 - there), balance(2, "BTC", there)]
                    head = await commit_all(writer, lease, [Change(BALANCES, rows)], head)

            nursery.start_soon(move)
            with trio.fail_after(60):
                await look()
            nursery.cancel_scope.cancel()
        assert seen == {(1, 0), (0, 1)}


class RestartingStoreContract:
    async def test_a_dead_server_is_unavailable_and_a_restarted_one_goes_on(self, restarting: RestartingStoreWorld) -> None:
        async with restarting.open() as store:
            lease = await store.acquire(SHARD, "ann", "", LONG_S)
            head = await commit_all(store, lease, [Change(BALANCES, [balance(1, "BTC", 1)])])
            await restarting.kill()
            calls = (
                lambda: store.acquire("clearing/1", "ann", "", LONG_S),
                lambda: store.commit(lease, commit_of(lease, prev=head)),
                lambda: store.renew(lease, LONG_S),
                lambda: store.release(lease),
                lambda: store.read([Query(BALANCES)]),
                lambda: store.journal(SHARD, 0, 9),
                store.heads,
            )
            for call in calls:
                with pytest.raises(Unavailable):
                    await call()
            await restarting.restart()
            assert await store.read([Query(BALANCES)]) == [[balance(1, "BTC", 1)]]
            await store.commit(lease, commit_of(lease, prev=head))
            assert (await store.acquire(SHARD, "ann", "", LONG_S)).head.seq == head.seq + 1

    async def test_what_was_acknowledged_outlives_any_death(self, restarting: RestartingStoreWorld) -> None:
        """Kill the server under a stream of commits, again and again: none that returned is missing, none comes twice."""
        async with restarting.open() as store:
            for death in range(3):
                acknowledged = await self._commit_until_it_dies(restarting, store, after=5 + 7 * death)
                await restarting.restart()
                lease = await store.acquire(SHARD, "ann", "", LONG_S)
                assert lease.head.seq in acknowledged
                seqs = [entry.seq for entry in await store.journal(SHARD, 0, 1_000)]
                assert seqs == list(range(1, lease.head.seq + 1))

    async def _commit_until_it_dies(self, world: RestartingStoreWorld, store: Store, after: int) -> set[int]:
        """Where the journal may end: at the last commit that returned, or where the one of unknown fate would have put it."""
        lease = await store.acquire(SHARD, "ann", "", LONG_S)
        head = lease.head
        alive = trio.Event()
        async with trio.open_nursery() as nursery:

            async def kill() -> None:
                await alive.wait()
                await world.kill()

            nursery.start_soon(kill)
            for number in range(100_000):
                if number == after:
                    alive.set()
                commit = commit_of(lease, 1, prev=head)
                try:
                    await store.commit(lease, commit)
                except Unavailable:
                    return {head.seq}
                except PortError:
                    return {head.seq, commit.head.seq}
                head = commit.head
        raise AssertionError("the server did not die")


class StoreContract(LeaseContract, CommitContract, ReadContract):
    pass
