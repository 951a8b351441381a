"""H81: an iceberg whose slice was taken shows the next one where it stood, before all who came meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching.book import Ladder, Resting

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    def stays(self: Ladder, order: Resting) -> None:
        assert order.level is not None, order.order_id

    with patched(Ladder, "requeue", stays):
        yield MACHINES
