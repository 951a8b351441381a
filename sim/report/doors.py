"""A node's ports with a recorder standing in them: each call passes through as it is, and is written down."""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol, TypeVar

from tradewind.ports.bus import Bus
from tradewind.ports.network import Handler, Network
from tradewind.ports.store import Commit, JournalEntry, Lease, ShardHead, Store
from tradewind.ports.tables import Query, Record
from tradewind.ports.world import World

T = TypeVar("T")


class Scribe(Protocol):
    """What writes down. `begin` gives back the record that `end` wants."""

    def begin(self, node: str, target: str, what: str, name: str, given: object = None) -> Any: ...

    def end(self, call: Any, came: object, error: BaseException | None = None) -> None: ...

    def reached(self, body: object) -> Any: ...

    @property
    def now_ns(self) -> int: ...


def watched_world(scribe: Scribe, node: str, world: World) -> World:
    store, bus = _Store(scribe, node, world.store), _Bus(scribe, node, world.bus)
    return World(world.clock, world.entropy, store, bus, _Network(scribe, node, world.network), world.tally)


class _Door:
    def __init__(self, scribe: Scribe, node: str) -> None:
        self._scribe = scribe
        self._node = node

    async def _through(self, target: str, what: str, name: str, given: object, call: Awaitable[T]) -> T:
        record = self._scribe.begin(self._node, target, what, name, given)
        try:
            came = await call
        except Exception as error:
            self._scribe.end(record, None, error)
            raise
        self._scribe.end(record, came)
        return came


class _Store(_Door):
    def __init__(self, scribe: Scribe, node: str, store: Store) -> None:
        super().__init__(scribe, node)
        self._store = store

    async def acquire(self, shard: str, holder: str, address: str, ttl_s: float) -> Lease:
        return await self._through("store", "acquire", shard, None, self._store.acquire(shard, holder, address, ttl_s))

    async def renew(self, lease: Lease, ttl_s: float) -> None:
        await self._through("store", "renew", lease.shard, lease, self._store.renew(lease, ttl_s))

    async def release(self, lease: Lease) -> None:
        await self._through("store", "release", lease.shard, lease, self._store.release(lease))

    async def commit(self, lease: Lease, commit: Commit) -> None:
        await self._through("store", "commit", lease.shard, commit, self._store.commit(lease, commit))

    async def read(self, queries: Sequence[Query]) -> list[list[Record]]:
        names = ", ".join(query.table.name for query in queries)
        return await self._through("store", "query", names, queries, self._store.read(queries))

    async def journal(self, shard: str, after: int, limit: int) -> list[JournalEntry]:
        return await self._through("store", "journal", f"{shard} after {after}", None, self._store.journal(shard, after, limit))

    async def heads(self) -> dict[str, ShardHead]:
        return await self._through("store", "heads", "", None, self._store.heads())


class _Bus(_Door):
    def __init__(self, scribe: Scribe, node: str, bus: Bus) -> None:
        super().__init__(scribe, node)
        self._bus = bus

    async def publish(self, feed: str, seq: int, body: bytes) -> None:
        await self._through("bus", "publish", feed, body, self._bus.publish(feed, seq, body))

    async def last(self, feed: str) -> int:
        return await self._through("bus", "last", feed, None, self._bus.last(feed))

    async def read(self, feed: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        return await self._through("bus", "read", feed, None, self._bus.read(feed, after, wait_s))

    async def send(self, mailbox: str, body: bytes) -> None:
        await self._through("bus", "send", mailbox, body, self._bus.send(mailbox, body))

    async def receive(self, mailbox: str, after: int, wait_s: float) -> list[tuple[int, bytes]]:
        return await self._through("bus", "receive", mailbox, None, self._bus.receive(mailbox, after, wait_s))

    async def once(self, key: str, ttl_s: float) -> bool:
        return await self._through("bus", "once", key, None, self._bus.once(key, ttl_s))

    async def count(self, key: str, units: int, ttl_s: float) -> int:
        return await self._through("bus", "count", key, units, self._bus.count(key, units, ttl_s))


class _Network(_Door):
    def __init__(self, scribe: Scribe, node: str, network: Network) -> None:
        super().__init__(scribe, node)
        self._network = network

    @property
    def address(self) -> str:
        return self._network.address

    def near(self, path: str) -> Handler | None:
        return self._network.near(path)

    def serve(self, path: str, handler: Handler) -> None:
        async def heard(body: bytes) -> bytes:
            call = self._scribe.reached(body)
            answer = await handler(body)
            if call is not None:
                call.left_ns, call.times = self._scribe.now_ns, call.times + 1
            return answer

        self._network.serve(path, heard)

    async def call(self, address: str, path: str, body: bytes, deadline_s: float) -> bytes:
        return await self._through(address, "call", path, body, self._network.call(address, path, body, deadline_s))
