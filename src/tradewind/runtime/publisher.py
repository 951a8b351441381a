"""Saying what has been committed. It may lag or fail: readers who miss something find it in the journal."""

from collections import deque

import trio

from tradewind.messages.codec import encode
from tradewind.messages.events import Batch, Entry
from tradewind.ports.errors import Fenced, Unavailable, Unknown
from tradewind.ports.world import World
from tradewind.runtime.limits import Limits
from tradewind.runtime.wake import Wake


class Publisher:
    """Publishes committed batches of one feed in order, several commits in one entry when they pile up."""

    def __init__(self, feed: str, head: int, world: World, limits: Limits) -> None:
        self.failing = False
        self._feed = feed
        self._head = head  # everything up to here is published, or left to the journal
        self._world = world
        self._limits = limits
        self._pending: deque[Batch] = deque()
        self._entries = 0
        self._wake = Wake()

    def __len__(self) -> int:
        """Batches that wait to be published."""
        return len(self._pending)

    def say(self, batch: Batch) -> None:
        self._pending.append(batch)
        self._entries += len(batch.entries)
        if self._entries > self._limits.publish_pending_max:
            # Too much to keep. A batch whose `prev` is beyond what readers have makes them read the journal.
            self._world.tally.count("publication left to the journal")
            self._pending = deque([Batch(batch.last, batch.last, batch.positions, ())])
            self._entries = 0
        self._wake.set()

    async def run(self) -> None:
        await self._catch_up()
        while True:
            while not self._pending:
                await self._wake.wait(self._limits.read_wait_s)
            batch = self._joined()
            await self._publish(batch)

    async def _catch_up(self) -> None:
        """After a start nobody knows what was published: one empty entry at the head shows readers any gap."""
        while True:
            try:
                last = await self._world.bus.last(self._feed)
                self.failing = False
                break
            except Unavailable:
                self.failing = True
                await trio.sleep(self._limits.retry_s)
        if last > self._head and not self._pending:
            await self._explain(last)
        if last < self._head:
            self._world.tally.count("head published again after a start")
            await self._publish(Batch(self._head, self._head, {}, ()))

    async def _explain(self, last: int) -> None:
        """The bus has heard more of this feed than we have committed: raises Fenced when another writer has said it."""
        heads = await self._world.store.heads()
        if heads[self._feed].seq >= last:
            raise Fenced(f"{self._feed} has gone on without us")
        raise AssertionError(f"{self._feed}: the bus ({last}) is ahead of the truth ({heads[self._feed].seq}): flush it")

    def _joined(self) -> Batch:
        batches = list(self._pending)
        self._pending.clear()
        self._entries = 0
        if len(batches) == 1:
            return batches[0]
        entries: list[Entry] = [entry for batch in batches for entry in batch.entries]
        return Batch(batches[0].prev, batches[-1].last, batches[-1].positions, tuple(entries))

    async def _publish(self, batch: Batch) -> None:
        body = encode(batch, self._world.writes)
        while True:
            try:
                await self._world.bus.publish(self._feed, batch.last, body)
                self.failing = False
                return
            except (Unavailable, Unknown):
                # Same seq again: the bus refuses a repeat.
                self.failing = True
                self._world.tally.count("publication repeated")
                await trio.sleep(self._limits.retry_s)
