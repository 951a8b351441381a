"""H82: stop orders wait on the wrong side: those to be set off by a rise trigger at a fall."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.services.matching import stops
from tradewind.services.matching.tables import ArmedStop

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"


@contextmanager
def plant() -> Iterator[Machines]:
    rises = stops.rises

    def falls(stop: ArmedStop) -> bool:
        return not rises(stop)

    with patched(stops, "rises", falls):
        yield MACHINES
