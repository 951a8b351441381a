"""Ports with one thing wrong with them, for nodes that see the world worse than the others do."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import trio

from tradewind.ports.bus import Bus
from tradewind.ports.errors import Unavailable
from tradewind.ports.store import Commit, JournalEntry, Lease, ShardHead, Store
from tradewind.ports.tables import Query, Record
from tradewind.ports.world import World


@dataclass
class OddBus:
    """`late_s`: by feed, how long after others this node reads it. `deaf`: reads fail."""

    bus: Bus
    late_s: dict[str, float]
    deaf: bool = False

    async def publish(self, feed: str, seq: int, body: bytes) -> None:
        await self.bus.publish(feed, seq, body)

    async def last(self, feed: str) -> int:
        return await self.bus.last(feed)

    async def read(self, feed: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        if self.deaf:
            raise Unavailable("this node does not hear the bus")
        found = await self.bus.read(feed, after, wait_s)
        await trio.sleep(self.late_s.get(feed, 0.0))
        return found

    async def send(self, mailbox: str, body: bytes) -> None:
        await self.bus.send(mailbox, body)

    async def receive(self, mailbox: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        if self.deaf:
            raise Unavailable("this node does not hear the bus")
        return await self.bus.receive(mailbox, after, wait_s)

    async def once(self, key: str, ttl_s: float) -> bool:
        return await self.bus.once(key, ttl_s)

    async def count(self, key: str, units: int, ttl_s: float) -> int:
        return await self.bus.count(key, units, ttl_s)


@dataclass
class OddStore:
    """`blind`: journals cannot be read. `pages` are the lengths of the journal pages that were."""

    store: Store
    pages: list[int]
    blind: bool = False

    async def acquire(self, shard: str, holder: str, address: str, ttl_s: float) -> Lease:
        return await self.store.acquire(shard, holder, address, ttl_s)

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        await self.store.renew(lease, ttl_s)

    async def release(self, lease: Lease) -> None:
        await self.store.release(lease)

    async def commit(self, lease: Lease, commit: Commit) -> None:
        await self.store.commit(lease, commit)

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        return await self.store.read(queries)

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        if self.blind:
            raise Unavailable("this node does not see the journal")
        found = await self.store.journal(shard, after, limit)
        self.pages.append(len(found))
        return found

    async def heads(self) -> dict[str, ShardHead]:
        return await self.store.heads()


class Odd:
    """As `doors` of a node: its ports go through what stands here, and may be made worse while it lives."""

    def __init__(self, late_s: dict[str, float] | None = None, *, deaf: bool = False, blind: bool = False) -> None:
        self._late_s, self._deaf, self._blind = late_s or {}, deaf, blind
        self.pages: list[int] = []
        self.bus: OddBus | None = None
        self.store: OddStore | None = None

    def __call__(self, world: World) -> World:
        self.bus = OddBus(world.bus, self._late_s, self._deaf)
        self.store = OddStore(world.store, self.pages, self._blind)
        return replace(world, bus=self.bus, store=self.store)

    def worsen(self) -> None:
        assert self.bus is not None and self.store is not None
        self.bus.deaf = self.store.blind = True

    def heal(self) -> None:
        assert self.bus is not None and self.store is not None
        self.bus.deaf = self.store.blind = False
