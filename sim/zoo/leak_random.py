"""A publisher waits a little before it says anything, each time differently: its jitter has no seed."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import trio

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Batch
from tradewind.runtime.publisher import Publisher

STORY = __doc__
CAUGHT_BY = ("ambient",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    publish = Publisher._publish

    async def jittered(self: Publisher, batch: Batch) -> None:
        await trio.sleep(random.Random().random() / 1_000)
        await publish(self, batch)

    with patched(Publisher, "_publish", jittered):
        yield MACHINES
