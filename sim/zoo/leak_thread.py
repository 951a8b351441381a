"""Bytes are encoded on a thread of their own, to save the loop the time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.codec import encode
from tradewind.messages.events import Batch
from tradewind.runtime.publisher import Publisher

STORY = __doc__
CAUGHT_BY = ("ambient",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    publish = Publisher._publish

    async def threaded(self: Publisher, batch: Batch) -> None:
        thread = threading.Thread(target=encode, args=(batch,))
        thread.start()
        thread.join()
        await publish(self, batch)

    with patched(Publisher, "_publish", threaded):
        yield MACHINES
