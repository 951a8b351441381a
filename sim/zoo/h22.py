"""H22: a reader takes the next thing on the bus for the next thing that was said: what a flush, a lost tail or the death of a
publisher has swallowed is never heard.

The hazards' table names A5 and A11, for what swallowed trades and orders lead to. Here the loss itself is a finding of A12,
which compares each reader's journal with its writer's."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.codec import Undecodable, decode
from tradewind.messages.events import Batch
from tradewind.runtime.feeds import FeedReader

STORY = __doc__
CAUGHT_BY = ("A5", "A11", "A12")
PROFILE = "direct"


async def _read_bus(self: FeedReader) -> None:
    batches = await self._world.bus.read(self.feed, self.covered, self._limits.read_wait_s)
    self.bus_works, self.read_at = True, trio.current_time()
    for _, body in batches:
        try:
            batch = decode(Batch, body)
        except Undecodable:
            await self._read_journal()
            continue
        if batch.last > self.covered:
            self._extend([entry for entry in batch.entries if entry.seq > self.covered], batch.last, batch.positions)


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(FeedReader, "_read_bus", _read_bus):
        yield MACHINES
