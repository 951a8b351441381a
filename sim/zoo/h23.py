"""H23: the database comes back without its newest commits and the streams are not rewound: readers hear of a history that never
was.

The runbook flushes the bus then; here it is forgotten. Should that happen in production, the writer of a feed compares the bus
with its journal when it starts, and dies of an assert when the bus knows more; here it does not compare. A12 sees first that
what a reader has heard is not what its writer's journal says."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.models.broker import Broker
from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.runtime.publisher import Publisher

STORY = __doc__
CAUGHT_BY = ("A5", "A12", "A16")
PROFILE = "failovers"


async def _believe(self: Publisher, last: int) -> None:
    pass


def _forget(self: Broker) -> None:
    pass


@contextmanager
def plant() -> Iterator[Machines]:
    with patched(Broker, "flush", _forget), patched(Publisher, "_explain", _believe):
        yield MACHINES
