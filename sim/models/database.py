"""What the simulated PostgreSQL holds: leases, journals and tables, changed only by whole commits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
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


@dataclass
class _Undo:
    """How things stood before one transaction."""

    shard: str
    row: ShardRow
    records: list[tuple[Table, Key, Record | None]]
    entries: int


class Database:
    """Every method is one transaction, done at one instant. `now_ns` is the database's own clock."""

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self.shards: dict[str, ShardRow] = {}
        self.journals: dict[str, list[JournalEntry]] = {}
        self.tables: dict[Table, dict[Key, Record]] = {}
        self._now_ns = now_ns
        self._past: list[_Undo] | None = None

    def acquire(self, shard: str, holder: str, address: str, ttl_ns: int) -> Lease:
        row = self.shards.setdefault(shard, ShardRow())
        self._remember(shard, row)
        if row.holder not in ("", holder) and row.expires_ns > self._now_ns():
            raise Held(f"{shard} is held by {row.holder}")
        row.epoch += 1
        row.holder, row.address, row.expires_ns = holder, address, self._now_ns() + ttl_ns
        return Lease(shard, row.epoch, holder, row.head)

    def renew(self, lease: Lease, ttl_ns: int) -> None:
        row = self._mine(lease)
        self._remember(lease.shard, row)
        row.expires_ns = self._now_ns() + ttl_ns

    def release(self, lease: Lease) -> None:
        row = self.shards[lease.shard]
        if row.epoch == lease.epoch:
            self._remember(lease.shard, row)
            row.holder, row.address, row.expires_ns = "", "", 0

    def commit(self, lease: Lease, commit: Commit) -> None:
        row = self._mine(lease)
        if (row.head.seq, row.head.chain) != (commit.prev.seq, commit.prev.chain):
            raise Fenced(f"{lease.shard} stands at {row.head.seq}, not at {commit.prev.seq}, or on another history")
        self._remember(lease.shard, row, commit)
        for change in commit.changes:
            self._change(change.table, change.put, change.removed)
        self.journals.setdefault(lease.shard, []).extend(commit.entries)
        row.head = commit.head

    def _mine(self, lease: Lease) -> ShardRow:
        row = self.shards[lease.shard]
        if row.epoch != lease.epoch or not row.holder:
            raise Fenced(f"{lease.shard} is in epoch {row.epoch}, not in {lease.epoch}, or the lease was given back")
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

    def keep_past(self) -> None:
        """From now on remember how to undo what is done, for `lose`."""
        self._past = [] if self._past is None else self._past

    def lose(self, commits: int) -> list[JournalEntry]:
        """A standby that had not heard of them becomes the database: the newest `commits` transactions with journal
        entries were never there, nor anything since the first of them. The entries that are gone, newest first. Needs
        `keep_past` before."""
        assert self._past is not None, "nobody asked for the past to be kept"
        lost: list[JournalEntry] = []
        while commits and self._past:
            undo = self._past.pop()
            self.shards[undo.shard] = undo.row
            for table, key, record in reversed(undo.records):
                if record is None:
                    self.tables[table].pop(key, None)
                else:
                    self.tables[table][key] = record
            if undo.entries:
                journal = self.journals[undo.shard]
                lost += reversed(journal[-undo.entries :])
                del journal[-undo.entries :]
                commits -= 1
        return lost

    def _remember(self, shard: str, row: ShardRow, commit: Commit | None = None) -> None:
        if self._past is None:
            return
        records: list[tuple[Table, Key, Record | None]] = []
        for change in () if commit is None else commit.changes:
            rows = self.tables.setdefault(change.table, {})
            keys = [change.table.key_of(record) for record in change.put] + list(change.removed)
            records += [(change.table, key, rows.get(key)) for key in keys]
        self._past.append(_Undo(shard, replace(row), records, 0 if commit is None else len(commit.entries)))

    def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        return [self._select(query) for query in queries]

    def _select(self, query: Query) -> list[Record]:
        found = [
            record
            for record in (self._ends() if query.table is SHARDS else self.tables.get(query.table, {}).values())
            if all(_OPS[op](getattr(record, column), value) for column, op, value in query.where)
        ]
        order = (*query.order, *query.table.key)
        found.sort(key=lambda record: tuple(getattr(record, column) for column in order), reverse=query.descending)
        return found if query.limit is None else found[: query.limit]

    def _ends(self) -> list[Record]:
        return [ShardEnd(shard, row.epoch, row.head.seq, row.head.chain, row.head.at) for shard, row in self.shards.items()]

    def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        return self.journals.get(shard, [])[after : after + limit]

    def heads(self) -> dict[str, ShardHead]:
        return {shard: ShardHead(shard, row.epoch, row.head.seq, row.holder, row.address) for shard, row in self.shards.items()}
