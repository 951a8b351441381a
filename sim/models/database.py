"""What the simulated PostgreSQL holds: leases, journals and tables, changed only by whole commits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import eq, ge, gt, le, lt
from typing import Any

from tradewind.ports.errors import Fenced, Held
from tradewind.ports.store import SHARDS, Commit, Head, JournalEntry, Lease, ShardEnd, ShardHead
from tradewind.ports.tables import Key, Query, Record, Table

_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    ">": gt,
    ">=": ge,
    "<": lt,
    "<=": le,
    "in": lambda value, among: value in among,
}


@dataclass
class ShardRow:
    epoch: int = 0
    head: Head = field(default_factory=Head)
    holder: str = ""
    address: str = ""
    expires_ns: int = 0


class Database:
    """Every method is one transaction, done at one instant. `now_ns` is the database's own clock."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.shards: dict[str, ShardRow] = {}
        self.journals: dict[str, list[JournalEntry]] = {}
        self.tables: dict[Table, dict[Key, Record]] = {}
        self._now_ns = now_ns

    def acquire(self, shard: str, holder: str, address: str, ttl_ns: int) -> Lease:
        row = self.shards.setdefault(shard, ShardRow())
        if row.holder not in ("", holder) and row.expires_ns > self._now_ns():
            raise Held(f"{shard} is held by {row.holder}")
        row.epoch += 1
        row.holder, row.address, row.expires_ns = holder, address, self._now_ns() + ttl_ns
        return Lease(shard, row.epoch, holder, row.head)

    def renew(self, lease: Lease, ttl_ns: int) -> None:
        self._mine(lease).expires_ns = self._now_ns() + ttl_ns

    def release(self, lease: Lease) -> None:
        row = self.shards[lease.shard]
        if row.epoch == lease.epoch:
            row.holder, row.address, row.expires_ns = "", "", 0

    def commit(self, lease: Lease, commit: Commit) -> None:
        row = self._mine(lease)
        if row.head.seq != commit.prev.seq:
            raise Fenced(f"{lease.shard} stands at {row.head.seq}, not at {commit.prev.seq}")
        for change in commit.changes:
            self._change(change.table, change.put, change.removed)
        self.journals.setdefault(lease.shard, []).extend(commit.entries)
        row.head = commit.head

    def _mine(self, lease: Lease) -> ShardRow:
        row = self.shards[lease.shard]
        if row.epoch != lease.epoch:
            raise Fenced(f"{lease.shard} is in epoch {row.epoch}, not in {lease.epoch}")
        return row

    def _change(self, table: Table, put: list[Record], removed: list[Key]) -> None:
        rows = self.tables.setdefault(table, {})
        keys = [table.key_of(record) for record in put]
        assert len(set(keys)) == len(keys) and not set(keys) & set(removed), f"{table.name}: one key twice in a commit"
        for key, record in zip(keys, put, strict=True):
            assert not (table.append and key in rows), f"{table.name}: {key} is there already"
            rows[key] = record
        for key in removed:
            rows.pop(key, None)

    def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        return [self._select(query) for query in queries]

    def _select(self, query: Query) -> list[Record]:
        found = [
            record
            for record in (self._ends() if query.table is SHARDS else self.tables.get(query.table, {}).values())
            if all(_OPS[op](getattr(record, column), value) for column, op, value in query.where)
        ]
        order = query.order or query.table.key
        found.sort(key=lambda record: tuple(getattr(record, column) for column in order), reverse=query.descending)
        return found if query.limit is None else found[: query.limit]

    def _ends(self) -> list[Record]:
        return [ShardEnd(shard, row.epoch, row.head.seq, row.head.chain, row.head.at) for shard, row in self.shards.items()]

    def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        return self.journals.get(shard, [])[after : after + limit]

    def heads(self) -> dict[str, ShardHead]:
        return {shard: ShardHead(shard, row.epoch, row.head.seq, row.holder, row.address) for shard, row in self.shards.items()}
