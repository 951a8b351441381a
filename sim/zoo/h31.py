"""H31: last in, first out: who comes to a price level last trades first."""

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
    append = Ladder.append

    def push(self: Ladder, key: int, order: Resting) -> None:
        level = self.levels.get(key)
        if level is None:
            append(self, key, order)
            return
        order.level, order.after, head = level, level.head, level.head
        assert head is not None, key
        head.before = level.head = order

    with patched(Ladder, "append", push):
        yield MACHINES
