"""The smallest set of ports that works: everything in this process's memory, nothing durable, nothing fails, no latency.

Only for measuring what stands on ports; the simulator's models are the ones that are true to the world.
"""

import os
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import trio

from sim.models.database import Database
from tradewind.ports.errors import Unavailable
from tradewind.ports.network import Handler
from tradewind.ports.store import Commit, JournalEntry, Lease, ShardHead
from tradewind.ports.tables import Change, Query, Record
from tradewind.ports.world import World


class MemoryStore:
    """The simulator's database without its faults and its checks of rows. Each call is one scheduler pass."""

    def __init__(self) -> None:
        self.database = Database(time.monotonic_ns)
        self._unread: list[Change] = []  # what nobody has asked for yet need not be sorted in

    async def acquire(self, shard: str, holder: str, address: str, ttl_s: float) -> Lease:
        await trio.lowlevel.checkpoint()
        return self.database.acquire(shard, holder, address, int(ttl_s * 1e9))

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        await trio.lowlevel.checkpoint()
        self.database.renew(lease, int(ttl_s * 1e9))

    async def release(self, lease: Lease) -> None:
        await trio.lowlevel.checkpoint()
        self.database.release(lease)

    async def commit(self, lease: Lease, commit: Commit) -> None:
        await trio.lowlevel.checkpoint()
        shard = self.database.shards[lease.shard]
        assert shard.epoch == lease.epoch and shard.head.seq == commit.prev.seq, (lease, commit.prev)
        self.database.journals.setdefault(lease.shard, []).extend(commit.entries)
        self._unread += commit.changes
        shard.head = commit.head

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        await trio.lowlevel.checkpoint()
        unread, self._unread = self._unread, []
        for change in unread:
            rows = self.database.tables.setdefault(change.table, {})
            rows.update((change.table.key_of(record), record) for record in change.put)
            for key in change.removed:
                rows.pop(key, None)
        return self.database.read(queries)

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        await trio.lowlevel.checkpoint()
        return self.database.journal(shard, after, limit)

    async def heads(self) -> dict[str, ShardHead]:
        await trio.lowlevel.checkpoint()
        return self.database.heads()


class _Stream:
    def __init__(self) -> None:
        self.entries: list[tuple[int, bytes]] = []
        self.waiting = trio.lowlevel.ParkingLot()

    def add(self, *entries: tuple[int, bytes]) -> None:
        if self.entries and entries[0][0] <= self.entries[-1][0]:
            return
        self.entries += entries
        self.waiting.unpark_all()


class MemoryBus:
    """Streams that keep everything."""

    def __init__(self) -> None:
        self._streams: dict[str, _Stream] = {}
        self._once: set[str] = set()
        self._counts: dict[str, int] = {}

    def _stream(self, name: str) -> _Stream:
        return self._streams.setdefault(name, _Stream())

    async def publish(self, feed: str, seq: int, body: bytes) -> None:
        await trio.lowlevel.checkpoint()
        self._stream(feed).add((seq, body))

    async def last(self, feed: str) -> int:
        await trio.lowlevel.checkpoint()
        entries = self._stream(feed).entries
        return entries[-1][0] if entries else 0

    async def read(self, feed: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        stream = self._stream(feed)
        await trio.lowlevel.checkpoint()
        with trio.move_on_after(wait_s):
            while not stream.entries or stream.entries[-1][0] <= after:
                await stream.waiting.park()
        return stream.entries[bisect_right(stream.entries, after, key=lambda entry: entry[0]) :]

    async def send(self, mailbox: str, body: bytes) -> None:
        await trio.lowlevel.checkpoint()
        stream = self._stream(mailbox)
        stream.add((len(stream.entries) + 1, body))

    async def send_all(self, mailbox: str, bodies: Sequence[bytes]) -> None:
        """As callers do who ask at the same time: a real bus sends them in one pipeline."""
        await trio.lowlevel.checkpoint()
        stream = self._stream(mailbox)
        stream.add(*enumerate(bodies, len(stream.entries) + 1))

    async def receive(self, mailbox: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        return await self.read(mailbox, len(self._stream(mailbox).entries) if after < 0 else after, wait_s)

    async def once(self, key: str, ttl_s: float) -> bool:
        await trio.lowlevel.checkpoint()
        first = key not in self._once
        self._once.add(key)
        return first

    async def count(self, key: str, units: int, ttl_s: float) -> int:
        await trio.lowlevel.checkpoint()
        self._counts[key] = self._counts.get(key, 0) + units
        return self._counts[key]


class NoNetwork:
    """Everybody is here already."""

    address = ""

    def serve(self, path: str, handler: Handler) -> None:
        pass

    def near(self, path: str) -> Handler | None:
        return None

    async def call(self, address: str, path: str, body: bytes, deadline_s: float) -> bytes:
        raise Unavailable("there is no network")


class Wall:
    """Clock and Entropy."""

    def now(self) -> int:
        return time.time_ns()

    def token(self, size: int) -> bytes:
        return os.urandom(size)


class Marks:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def count(self, mark: str, times: int = 1) -> None:
        self.counts[mark] += times


def memory_world() -> tuple[World, Database, MemoryBus]:
    store, wall, bus = MemoryStore(), Wall(), MemoryBus()
    return World(wall, wall, store, bus, NoNetwork(), Marks()), store.database, bus
