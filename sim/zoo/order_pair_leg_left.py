"""Order types: one leg of a pair trades, and the stop order that is its other leg goes on waiting: both may be executed.

Clearing holds for the hungrier leg only; it would die of a leg that trades beside another, and A8 says why.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.events import Event
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine
from tradewind.services.matching.tables import ArmedStop
from tradewind.values.orders import OrderStatus

STORY = __doc__
CAUGHT_BY = ("A4", "A8")
PROFILE = "direct"


class LeftBehind(MatchingMachine):
    def _end_stop_of(self, listing: Listing, order_id: int, status: OrderStatus, said: list[Event]) -> None:
        if status is OrderStatus.FILLED:
            listing.legs.pop(order_id, None)
            return
        super()._end_stop_of(listing, order_id, status, said)

    def _end_leg_of(self, listing: Listing, stop: ArmedStop, status: OrderStatus, said: list[Event]) -> None:
        if stop.other_leg in listing.legs:
            super()._end_leg_of(listing, stop, status, said)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "matching": LeftBehind}
