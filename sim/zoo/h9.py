"""H9: events sit in the publisher's memory when the process dies; its successor says that all up to its head has been told, and
what was in that channel has been told to nobody.

Nothing that was answered is lost (an answer is a commit), so A11 has nothing to see: what is missing is an order's way to the
book and money's way back (A8), and A12 names the entry that was never heard.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Batch
from tradewind.runtime.publisher import Publisher

STORY = __doc__
CAUGHT_BY = ("A8", "A12")
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    publish, catch_up = Publisher._publish, Publisher._catch_up

    async def as_if_told(self: Publisher, batch: Batch) -> None:
        await publish(self, Batch(0, batch.last, batch.positions, batch.entries))

    async def after_a_start(self: Publisher) -> None:
        with patched(self, "_publish", lambda batch: as_if_told(self, batch)):
            await catch_up(self)

    with patched(Publisher, "_catch_up", after_a_start):
        yield MACHINES
