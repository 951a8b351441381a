"""Order types: a TAKE_PROFIT waits on the side of a STOP_LOSS: the buyer's for a rise, the seller's for a fall."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching import stops
from tradewind.services.matching.tables import ArmedStop
from tradewind.values.orders import Side

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"


def by_side_alone(stop: ArmedStop) -> bool:
    return stop.side is Side.BUY


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(stops, "rises", by_side_alone):
        yield MACHINES
