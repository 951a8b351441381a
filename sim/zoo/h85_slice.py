"""H85: what an amend takes from an iceberg comes off its slice, and a slice that is used up is replaced where it stood."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching.icebergs import Iceberg

STORY = __doc__
CAUGHT_BY = ("A8",)
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    def off_the_slice(self: Iceberg, quantity: int) -> None:
        self.left -= quantity
        shown = self.shown - quantity
        self.shown = min(shown if shown > 0 else self.slice, self.left)

    with patched(Iceberg, "lose", off_the_slice):
        yield MACHINES
