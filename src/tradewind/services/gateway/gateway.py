"""The gateway's memory and its background tasks: everything here can be thrown away and read again."""

from collections.abc import Callable

import trio

from tradewind.messages.commands import Command
from tradewind.messages.events import Entry
from tradewind.messages.replies import Answer
from tradewind.messages.topology import Topology
from tradewind.ports.errors import Unavailable
from tradewind.ports.store import POSITIONS
from tradewind.ports.tables import Query
from tradewind.ports.world import World
from tradewind.runtime.caller import Caller
from tradewind.runtime.feeds import Concern, FeedReader
from tradewind.runtime.limits import Limits
from tradewind.runtime.vault import Vault
from tradewind.services.gateway import catalogue, keys, mirror, updates
from tradewind.services.gateway.catalogue import Catalogue
from tradewind.services.gateway.channels import Channels
from tradewind.services.gateway.compat.listen_keys import ListenKeys
from tradewind.services.gateway.disconnects import Disconnects
from tradewind.services.gateway.gate import Gate
from tradewind.services.gateway.keys import Keys
from tradewind.services.gateway.mirror import Mirror
from tradewind.services.gateway.options import Options
from tradewind.services.gateway.seen import Seen
from tradewind.services.gateway.updates import ENTRIES_AT_START, Updates
from tradewind.services.gateway.visitors import Visitors

TAKE_MAX = 256
REVOKED_WITHIN_READS = 3  # a feed that is followed is read once in each; after so many without one no key is vouched for


def _concern(hears: frozenset[type]) -> Concern:
    return lambda event: type(event) in hears


class Gateway:
    """Made with its doors; serves once `loaded`. `name` is for people."""

    def __init__(
        self, name: str, world: World, topology: Topology, vault: Vault, limits: Limits, options: Options | None = None
    ) -> None:
        self.loaded = False
        self.world = world
        self.topology = topology
        self.vault = vault
        self.options = options or Options()
        # A name that no earlier life of this gateway had: a request of the same name would be taken for its repetition.
        self.caller = Caller(f"{name}@{world.entropy.token(8).hex()}", world, limits)
        self.catalogue = Catalogue()
        self.keys = Keys(world.store, vault)
        self.gate = Gate(world, self.keys, self.options)
        self.updates = Updates(self.catalogue)
        self.listen_keys = ListenKeys(world, vault)
        self.mirror = Mirror(topology, world.clock, self.catalogue)
        self.channels = Channels(self.mirror, world.clock)
        self.visitors = Visitors(self.options)
        self.seen = Seen()
        self.disconnects = Disconnects(world, self._ask_for)
        self._limits = limits
        self._readers: list[FeedReader] = []

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled. Started when every cache is filled."""
        positions = await self._load()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.caller.run)
            if self.gate.limits.any:
                nursery.start_soon(self.gate.limits.run, self.world.bus)
            nursery.start_soon(self.disconnects.run)
            nursery.start_soon(self.channels.run)
            for feed, (hears, hear) in self._follows().items():
                reader = FeedReader(feed, positions[feed], self.world, self._limits, _concern(hears))
                self._readers.append(reader)
                if hear == self.keys.hear:
                    self.keys.heed(reader, REVOKED_WITHIN_READS * self._limits.read_wait_s)
                nursery.start_soon(reader.run)
                nursery.start_soon(self._follow, reader, hear)
            self.loaded = True
            task_status.started()

    def _follows(self) -> dict[str, tuple[frozenset[type], Callable[[Entry], None]]]:
        [admin], [user], [order] = (self.topology.shards(service) for service in ("admin", "user", "order"))
        return {
            admin: (catalogue.HEARS, self.catalogue.hear),
            user: (keys.HEARS, self.keys.hear),
            order: (updates.HEARS, self.updates.hear),
            self.mirror.feed: (mirror.HEARS, self._hear_market),
        }

    async def _load(self) -> dict[str, int]:
        """Where to begin each feed: at or before what the tables said when they were read."""
        while True:
            try:
                heads = await self.world.store.heads()
                positions = {feed: heads[feed].seq if feed in heads else 0 for feed in self._follows()}
                await self._begin_to_see({shard: head.seq for shard, head in heads.items()})
                await self.catalogue.load(self.world.store)
                positions[self.mirror.feed] = await self.mirror.load(self.world.store)
                break
            except Unavailable:
                await trio.sleep(self._limits.retry_s)
        # Older private updates are heard again, so that clients can resume across our restart.
        [order] = self.topology.shards("order")
        positions[order] = max(0, positions[order] - ENTRIES_AT_START)
        return positions

    async def _begin_to_see(self, heads: dict[str, int]) -> None:
        """Raises Unavailable."""
        [order] = self.topology.shards("order")
        [rows] = await self.world.store.read([Query(POSITIONS, where=(("shard", "=", order),))])
        ends = {shard: heads.get(shard, 0) for shard in self.topology.shards("clearing")}
        self.seen.begin(ends, {row.source: row.position for row in rows})

    async def _follow(self, reader: FeedReader, hear: Callable[[Entry], None]) -> None:
        while True:
            for entry in await reader.take(TAKE_MAX):
                while self.catalogue.misses(entry):
                    await self._reload_catalogue()
                hear(entry)
            if reader.feed.startswith("order/"):
                self.seen.reached(reader.writer_positions)

    async def _reload_catalogue(self) -> None:
        try:
            await self.catalogue.load(self.world.store)
        except Unavailable:
            await trio.sleep(self._limits.retry_s)

    def _hear_market(self, entry: Entry) -> None:
        for news in self.mirror.hear(entry):
            self.channels.hear(news)

    async def ask(self, shard: str, command: Command, command_id: bytes, handed: Callable[[], None] | None = None) -> Answer:
        """`handed`: see Caller.ask. Raises Unavailable (surely not done) or Unknown."""
        answer = await self.caller.ask(shard, command, command_id, self.options.ask_timeout_s, handed=handed)
        self.seen.note(answer)
        return answer

    async def _ask_for(self, account: int, command: Command, command_id: bytes) -> Answer:
        return await self.ask(self.shard_of(account), command, command_id)

    def shard_of(self, account: int) -> str:
        return f"clearing/{self.topology.clearing_of(account)}"

    async def heads(self) -> dict[str, int]:
        """Newest seq by shard. Raises Unavailable."""
        return {name: head.seq for name, head in sorted((await self.world.store.heads()).items())}

    def complaints(self) -> list[str]:
        """Why this gateway is not ready; empty when it is."""
        if not self.loaded:
            return ["loading"]
        oldest = trio.current_time() - self._limits.progress_s
        return [f"feed {reader.feed} is not being read" for reader in self._readers if reader.read_at < oldest]

    def degraded(self) -> list[str]:
        """What works, but not as it should."""
        told = ["nonces are remembered by this gateway alone"] if self.gate.nonces.degraded else []
        told += ["limits are counted by this gateway alone"] if self.gate.limits.degraded else []
        told += [f"feed {reader.feed} is followed by polling" for reader in self._readers if not reader.bus_works]
        return told if self.caller.bus_works else [*told, "commands travel over the network"]
