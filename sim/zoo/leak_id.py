"""Publishers do not all speak at once: each waits for a turn of its own, which it works out from its address in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Batch
from tradewind.runtime.publisher import Publisher

STORY = __doc__
BY = "hashes"
CAUGHT_BY = ("hashes",)
PROFILE = "direct"
TURNS = 7


@contextmanager
def plant() -> Iterator[Machines]:
    publish = Publisher._publish

    async def in_turn(self: Publisher, batch: Batch) -> None:
        await trio.sleep(id(self) % TURNS / 1_000)
        await publish(self, batch)

    with patched(Publisher, "_publish", in_turn):
        yield MACHINES
