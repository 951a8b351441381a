"""Order types: an iceberg's next slice takes the place of the one that was taken up, before all who waited behind it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.events import Event, OrderAccepted
from tradewind.services.matching.book import Ladder, Resting
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine
from tradewind.services.matching.sweep import Step, Sweep, What

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"


class NeverBehind(MatchingMachine):
    def _say_step(self, listing: Listing, order: OrderAccepted, sweep: Sweep, step: Step, said: list[Event]) -> None:
        priority = step.maker.priority
        super()._say_step(listing, order, sweep, step, said)
        if step.what is What.SHOWN:
            step.maker.priority = priority


@contextmanager
def plant() -> Iterator[Machines]:
    def stay(_ladder: Ladder, _order: Resting) -> None:
        return None

    with patched(Ladder, "requeue", stay):
        yield {**MACHINES, "matching": NeverBehind}
