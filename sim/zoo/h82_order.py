"""H82: stop orders whose prices have come together trigger by their price, and not in the order of their arrival."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching.stops import Stops
from tradewind.services.matching.tables import ArmedStop

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    hit = Stops.hit

    def by_price(self: Stops, low: int, high: int) -> list[ArmedStop]:
        return sorted(hit(self, low, high), key=lambda stop: (stop.stop_price, -stop.arrival))

    with patched(Stops, "hit", by_price):
        yield MACHINES
