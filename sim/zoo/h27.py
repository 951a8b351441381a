"""H27: a reader that cannot decode what it finds on the bus takes it for heard, and goes on behind it.

That it was never heard is a finding of A12; when it was a trade, A5 misses its settlement."""

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
CAUGHT_BY = ("A5", "A12")
PROFILE = "malformed"


async def _read_bus(self: FeedReader) -> None:
    batches = await self._world.bus.read(self.feed, self.covered, self._limits.read_wait_s)
    self.bus_works = True
    for seq, body in batches:
        try:
            batch = decode(Batch, body)
        except Undecodable:
            self.covered = max(self.covered, seq)
            continue
        if batch.prev > self.covered:
            await self._read_journal(until=batch.prev)
            if self.covered < batch.prev:
                return
        if batch.last > self.covered:
            self._extend([entry for entry in batch.entries if entry.seq > self.covered], batch.last, batch.positions)
    if batches:
        self.read_at = trio.current_time()
    else:
        await self._read_journal()


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(FeedReader, "_read_bus", _read_bus):
        yield MACHINES
