"""H21: after its first error a reader of a feed tries a connection that is gone, for ever. Its loop turns, so it reports
ready."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.ports.errors import Unavailable
from tradewind.runtime.feeds import FeedReader

STORY = __doc__
CAUGHT_BY = ("A15",)
PROFILE = "direct"


async def _run(self: FeedReader) -> None:
    connected = True
    while True:
        while len(self._entries) >= self._limits.feed_buffer_max:
            await self._room.wait(self._limits.read_wait_s)
        try:
            if not connected:
                raise Unavailable("the connection is closed")
            await self._read_bus()
        except Unavailable:
            connected = False
            await trio.sleep(self._limits.retry_s)
        self.read_at = trio.current_time()


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(FeedReader, "run", _run):
        yield MACHINES
