"""A long random conversation with a Store, compared step by step with a naive model that is too simple to be wrong."""

import random
from collections import Counter
from operator import eq, ge, gt, le, lt
from typing import Any

from tests.contracts.store_rows import balance, chain_at, commit_of, extreme_holds, posting
from tradewind.ports.errors import Fenced, Held
from tradewind.ports.store import Commit, Head, JournalEntry, Lease, ShardHead, Store
from tradewind.ports.tables import Change, Key, Query, Record, Table
from tradewind.services.clearing.tables import BALANCES, HOLDS, LEDGER

OPS: dict[str, Any] = {"=": eq, ">": gt, ">=": ge, "<": lt, "<=": le, "in": lambda value, among: value in among}
SHARDS = ("clearing/0", "clearing/1")
HOLDERS = ("ann", "bob")
ASSETS = ("BTC", "ETH", "USDT", "é")
LONG_S = 600.0


class Naive:
    """Epoch, head, holder and entries of each shard; rows of each table by key."""

    def __init__(self) -> None:
        self.shards: dict[str, dict[str, Any]] = {}
        self.rows: dict[Table, dict[Key, Record]] = {BALANCES: {}, HOLDS: {}, LEDGER: {}}

    def acquire(self, shard: str, holder: str, ttl_s: float) -> Lease | type[Held]:
        new = {"epoch": 0, "head": Head(), "holder": "", "lasts": False, "entries": []}
        held = self.shards.setdefault(shard, new)
        if held["lasts"] and held["holder"] != holder:
            return Held
        held.update(epoch=held["epoch"] + 1, holder=holder, lasts=ttl_s > 0)
        return Lease(shard, held["epoch"], holder, held["head"])

    def over(self, lease: Lease) -> bool:
        """Another epoch has begun, or it was given back."""
        held = self.shards[lease.shard]
        return held["epoch"] != lease.epoch or not held["holder"]

    def renew(self, lease: Lease) -> type[Fenced] | None:
        if self.over(lease):
            return Fenced
        self.shards[lease.shard]["lasts"] = True
        return None

    def release(self, lease: Lease) -> None:
        if self.shards[lease.shard]["epoch"] == lease.epoch:
            self.shards[lease.shard].update(lasts=False, holder="")

    def commit(self, lease: Lease, commit: Commit) -> type[Fenced] | None:
        held = self.shards[lease.shard]
        if self.over(lease) or (held["head"].seq, held["head"].chain) != (commit.prev.seq, commit.prev.chain):
            return Fenced
        held["head"] = commit.head
        held["entries"] += commit.entries
        for change in commit.changes:
            for record in change.put:
                self.rows[change.table][change.table.key_of(record)] = record
            for key in change.removed:
                self.rows[change.table].pop(key, None)
        return None

    def read(self, query: Query) -> list[Record]:
        rows = [
            row
            for row in self.rows[query.table].values()
            if all(OPS[op](getattr(row, name), value) for name, op, value in query.where)
        ]
        order = (*query.order, *query.table.key)
        rows.sort(key=lambda row: [getattr(row, name) for name in order], reverse=query.descending)
        return rows[: query.limit]

    def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        entries: list[JournalEntry] = self.shards[shard]["entries"] if shard in self.shards else []
        return [entry for entry in entries if entry.seq > after][:limit]

    def heads(self) -> dict[str, tuple[int, int, str]]:
        return {shard: (held["epoch"], held["head"].seq, held["holder"]) for shard, held in self.shards.items()}


class Conversation:
    """Draws one call after the other, makes it on both, and counts what has been seen."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.naive, self.draw = store, Naive(), random.Random(seed)
        self.leases: list[Lease] = []
        self.seen: Counter[str] = Counter()

    async def step(self) -> None:
        calls = (self.acquire, self.renew, self.release, *[self.commit] * 6, *[self.read] * 4, self.journal, self.heads)
        await self.draw.choice(calls)()

    async def same(self, name: str, call: Any, expected: Any) -> Any:
        """The store raises what the model names, or returns what it returns."""
        if isinstance(expected, type) and issubclass(expected, Exception):
            try:
                await call
            except expected:
                self.seen[f"{name} {expected.__name__}"] += 1
                return None
            raise AssertionError(f"{name} did not raise {expected.__name__}")
        got = await call
        assert got == expected, (name, got, expected)
        self.seen[f"{name} {'empty' if got == [] else 'done'}"] += 1
        return got

    async def acquire(self) -> None:
        shard, holder = self.draw.choice(SHARDS), self.draw.choice(HOLDERS)
        ttl_s = self.draw.choice((0.0, LONG_S))
        lease = await self.same(
            "acquire", self.store.acquire(shard, holder, "", ttl_s), self.naive.acquire(shard, holder, ttl_s)
        )
        if lease is not None:
            self.leases = [*self.leases[-5:], lease]

    def old_or_new(self) -> Lease | None:
        """A lease from before: the newest, mostly."""
        if not self.leases:
            return None
        return self.leases[-1] if self.draw.random() < 0.7 else self.draw.choice(self.leases)

    async def renew(self) -> None:
        if lease := self.old_or_new():
            await self.same("renew", self.store.renew(lease, LONG_S), self.naive.renew(lease))

    async def release(self) -> None:
        if self.leases and self.draw.random() < 0.5:
            lease = self.draw.choice(self.leases)
            self.naive.release(lease)
            await self.same("release", self.store.release(lease), None)

    async def commit(self) -> None:
        lease = self.old_or_new()
        if lease is None:
            return
        head = self.naive.shards[lease.shard]["head"]
        other = Head(max(0, head.seq - 1), bytes(16), 0), Head(head.seq, chain_at(head.seq + 1), head.at)
        prev = self.draw.choice(other) if self.draw.random() < 0.1 else head
        commit = commit_of(lease, self.draw.choice((0, 1, 1, 2, 33)), *self.changes(lease, prev), prev=prev)
        await self.same("commit", self.store.commit(lease, commit), self.naive.commit(lease, commit))

    def changes(self, lease: Lease, prev: Head) -> list[Change]:
        made = []
        keys = dict.fromkeys((0, self.draw.randrange(8), self.draw.choice(ASSETS)) for _ in range(self.draw.randrange(12)))
        gone = [key for key in keys if self.draw.random() < 0.3]
        if keys:
            put = [
                balance(account, asset, self.draw.randrange(1_000))
                for _, account, asset in keys
                if (0, account, asset) not in gone
            ]
            made.append(Change(BALANCES, put, gone))
        if self.draw.random() < 0.4:
            hold = self.draw.choice(extreme_holds())
            there = (hold.shard, hold.order_id) in self.naive.rows[HOLDS]
            made.append(Change(HOLDS, [], [(hold.shard, hold.order_id)]) if there else Change(HOLDS, [hold]))
        if self.draw.random() < 0.4:
            seq = 1 + len(self.naive.rows[LEDGER])
            made.append(Change(LEDGER, [posting(seq, leg, self.draw.randrange(8)) for leg in range(self.draw.randrange(1, 4))]))
        return made

    def query(self) -> Query:
        limit = self.draw.choice((None, 0, 1, 5))
        if self.draw.random() < 0.2:
            sides: tuple[Any, ...] = (("side", ">=", 1), ("side", "in", [0, 1]))
            return Query(HOLDS, sides[: self.draw.randrange(3)], limit=limit)
        if self.draw.random() < 0.3:
            where: tuple[str, Any, Any] = ("account", self.draw.choice(("=", "<=")), self.draw.randrange(8))
            order = self.draw.choice((("seq", "leg"), ("account",)))
            return Query(LEDGER, (where,), order, descending=self.draw.random() < 0.5, limit=limit)
        drawn: list[tuple[str, Any, Any]] = []
        if self.draw.random() < 0.5:
            drawn.append(("account", self.draw.choice(("=", ">", ">=", "<", "<=")), self.draw.randrange(8)))
        if self.draw.random() < 0.5:
            drawn.append(("asset", "in", self.draw.sample(ASSETS, self.draw.randrange(4))))
        if self.draw.random() < 0.3:
            drawn.append(("available", ">", self.draw.randrange(1_000)))
        by: tuple[str, ...] = self.draw.choice(
            ((), ("asset", "account"), ("available", "account", "asset"), ("asset",), ("available",))
        )
        return Query(BALANCES, tuple(drawn), by, self.draw.random() < 0.5, limit)

    async def read(self) -> None:
        queries = [self.query() for _ in range(self.draw.choice((1, 1, 2, 5)))]
        expected = [self.naive.read(query) for query in queries]
        got = await self.store.read(queries)
        assert got == expected, (queries, got, expected)
        self.seen["read one" if len(queries) == 1 else "read several"] += 1
        self.seen["read rows"] += any(got)
        self.seen.update(op for query in queries for _, op, _ in query.where if self.naive.read(query))

    async def journal(self) -> None:
        shard, limit = self.draw.choice(SHARDS), self.draw.choice((1, 10, 1_000))
        after = self.draw.choice((0, self.draw.randrange(60), 10_000))
        await self.same("journal", self.store.journal(shard, after, limit), self.naive.journal(shard, after, limit))

    async def heads(self) -> None:
        found: dict[str, ShardHead] = await self.store.heads()
        assert {shard: (head.epoch, head.seq, head.holder) for shard, head in found.items()} == self.naive.heads()
        self.seen["heads"] += bool(found)


EVERYTHING = [
    *("acquire done", "acquire Held", "renew done", "renew Fenced", "release done", "commit done", "commit Fenced"),
    *("journal done", "journal empty", "heads", "read one", "read several", "read rows", *OPS),
]


async def converse(store: Store, seed: int, steps: int) -> Counter[str]:
    """How often each kind of outcome was seen; raises AssertionError at the first difference."""
    conversation = Conversation(store, seed)
    for _ in range(steps):
        await conversation.step()
    return conversation.seen


class DifferentialStoreContract:
    """`world` as in StoreContract. `STEPS` calls; every kind of outcome at least `TIMES` times, else the test is no test."""

    STEPS = 600
    TIMES = 3
    SEED: int | None = None  # set it to what a failure printed

    async def test_random_calls_agree_with_a_naive_model(self, world: Any) -> None:
        seed = random.randrange(1 << 32) if self.SEED is None else self.SEED
        print(f"again: seed {seed}")
        async with world.open() as store:
            seen = await converse(store, seed, self.STEPS)
        rare = {what: seen[what] for what in EVERYTHING if seen[what] < self.TIMES}
        assert not rare, (seed, rare)
