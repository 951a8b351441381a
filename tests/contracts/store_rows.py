"""Rows and commits for the Store's suites, with as little said as possible."""

from tradewind.ports.store import Commit, Head, JournalEntry, Lease, Position, Store
from tradewind.ports.tables import Change, Record, Table
from tradewind.services.clearing.tables import Balance, Hold, Posting
from tradewind.values.money import UNITS_MAX
from tradewind.values.orders import OrderType, Side


def balance(account: int, asset: str, available: int) -> Balance:
    return Balance(0, account, asset, available, 0)


def position(shard: str, source: str, at: int) -> Position:
    return Position(shard, source, at)


def posting(seq: int, leg: int, account: int = 7, delta: int = 1) -> Posting:
    return Posting(0, seq, leg, seq, "trade", f"BTCUSDT/{seq}", account, "BTC", delta)


def extreme_holds() -> list[Hold]:
    """The ends of every column type: the smallest and largest integers, empty and strange text, all bytes."""
    strange = 'é"\\,{}\n\t\x01\U0001f4a1 NULL'
    return [
        Hold(0, 1, -UNITS_MAX - 1, "", "", b"", Side.BUY, OrderType.LIMIT, 0, 1, 0, "", 0, 0, 0, -1),
        Hold(
            UNITS_MAX,
            UNITS_MAX,
            UNITS_MAX,
            strange,
            "x" * 10_000,
            bytes(range(256)),
            Side.SELL,
            OrderType.LIMIT_MAKER,
            UNITS_MAX,
            UNITS_MAX,
            UNITS_MAX,
            strange,
            UNITS_MAX,
            1_000_000,
            1_000_000,
            UNITS_MAX,
        ),
    ]


def append(table: Table, *rows: Record) -> Change:
    assert table.append
    return Change(table, list(rows))


def commit_of(lease: Lease, entries: int = 1, *changes: Change, prev: Head | None = None) -> Commit:
    """The next `entries` journal entries after `prev` (default: where the lease began), and these changes."""
    prev = prev or lease.head
    seqs = range(prev.seq + 1, prev.seq + 1 + entries)
    made = [JournalEntry(lease.shard, seq, lease.epoch, seq, "inbox", seq, b"in", b"out", chain_at(seq)) for seq in seqs]
    return Commit(prev, Head(prev.seq + entries, chain_at(prev.seq + entries), prev.seq + entries), made, list(changes))


def chain_at(seq: int) -> bytes:
    return seq.to_bytes(16, "big")


async def commit_all(store: Store, lease: Lease, changes: list[Change], prev: Head | None = None) -> Head:
    """One commit with one entry and these changes; the head after it."""
    commit = commit_of(lease, 1, *changes, prev=prev)
    await store.commit(lease, commit)
    return commit.head
