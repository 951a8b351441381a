"""H4: a FOK order fills in part and its rest stands in the book; what a MARKET FOK could not fill is never told of, so that it
stays held for ever."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.events import Event, OrderAccepted, OrderEnded
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine
from tradewind.values.orders import OrderType, TimeInForce

STORY = __doc__
CAUGHT_BY = ("A9", "A15")
PROFILE = "direct"


class FillsOrRests(MatchingMachine):
    def _place(self, listing: Listing, order: OrderAccepted, priority: int, said: list[Event]) -> None:
        if order.time_in_force is not TimeInForce.FOK:
            super()._place(listing, order, priority, said)
            return
        at_market = order.type is OrderType.MARKET
        force = TimeInForce.IOC if at_market else TimeInForce.GTC
        super()._place(listing, msgspec.structs.replace(order, time_in_force=force), priority, said)
        if at_market and isinstance(said[-1], OrderEnded) and said[-1].left:
            said.pop()


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "matching": FillsOrRests}
