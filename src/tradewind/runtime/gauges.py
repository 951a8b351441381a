"""How the store and the bus are doing, measured by the calls that are made anyway: /ready asks nobody."""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

import trio

from tradewind.ports.bus import Bus
from tradewind.ports.errors import Unavailable, Unknown
from tradewind.ports.store import Commit, JournalEntry, Lease, ShardHead, Store
from tradewind.ports.tables import Query, Record

T = TypeVar("T")


class Gauge:
    """The last finished call through one port: how long it took, and its error, "" when it was answered.

    A refusal (Held, Fenced) is an answer.
    """

    def __init__(self) -> None:
        self.latency_s = 0.0
        self.error = ""

    async def measure(self, call: Awaitable[T], *, waits: bool = False) -> T:
        """`waits`: the call may take its time without being slow, so its length says nothing."""
        started = trio.current_time()
        try:
            result = await call
        except (Unavailable, Unknown) as error:
            self.error = str(error) or type(error).__name__
            raise
        self.error = ""
        if not waits:
            self.latency_s = trio.current_time() - started
        return result


class GaugedStore:
    def __init__(self, store: Store) -> None:
        self.gauge = Gauge()
        self._store = store

    async def acquire(self, shard: str, holder: str, address: str, ttl_s: float) -> Lease:
        return await self.gauge.measure(self._store.acquire(shard, holder, address, ttl_s))

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        await self.gauge.measure(self._store.renew(lease, ttl_s))

    async def release(self, lease: Lease) -> None:
        await self.gauge.measure(self._store.release(lease))

    async def commit(self, lease: Lease, commit: Commit) -> None:
        await self.gauge.measure(self._store.commit(lease, commit))

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        return await self.gauge.measure(self._store.read(queries))

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        return await self.gauge.measure(self._store.journal(shard, after, limit))

    async def heads(self) -> dict[str, ShardHead]:
        return await self.gauge.measure(self._store.heads())


class GaugedBus:
    def __init__(self, bus: Bus) -> None:
        self.gauge = Gauge()
        self._bus = bus

    async def publish(self, feed: str, seq: int, body: bytes) -> None:
        await self.gauge.measure(self._bus.publish(feed, seq, body))

    async def last(self, feed: str) -> int:
        return await self.gauge.measure(self._bus.last(feed))

    async def read(self, feed: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        return await self.gauge.measure(self._bus.read(feed, after, wait_s), waits=True)

    async def send(self, mailbox: str, body: bytes) -> None:
        await self.gauge.measure(self._bus.send(mailbox, body))

    async def receive(self, mailbox: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        return await self.gauge.measure(self._bus.receive(mailbox, after, wait_s), waits=True)

    async def once(self, key: str, ttl_s: float) -> bool:
        return await self.gauge.measure(self._bus.once(key, ttl_s))

    async def count(self, key: str, units: int, ttl_s: float) -> int:
        return await self.gauge.measure(self._bus.count(key, units, ttl_s))
