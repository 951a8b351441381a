"""H84: the end of a GTD order is rounded up to a whole second; until then it trades, though its time is over."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching.deadlines import Deadlines

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"
SECOND_NS = 1_000_000_000


@contextmanager
def plant() -> Iterator[Machines]:
    instant = Deadlines.next

    def rounded(self: Deadlines) -> int:
        return -(-instant(self) // SECOND_NS) * SECOND_NS

    with patched(Deadlines, "next", rounded):
        yield MACHINES
