"""H31, its other half: the taker's price is paid instead of the maker's.

It is within both orders' limits, so settlement has nothing against it. Only the public depth dies of it, because it looks for
the maker at the price of the trade."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import msgspec

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.events import Event, OrderAccepted, Traded
from tradewind.services.matching.book import Fill
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine
from tradewind.values.orders import OrderType

STORY = __doc__
CAUGHT_BY = ("A8", "A9")
PROFILE = "direct"


class TakersPrice(MatchingMachine):
    def _trade(self, listing: Listing, taker: OrderAccepted, left: int, fills: Sequence[Fill], said: list[Event]) -> None:
        first = len(said)
        super()._trade(listing, taker, left, fills, said)
        if taker.type is not OrderType.MARKET:
            said[first:] = [
                msgspec.structs.replace(event, price=taker.price) if isinstance(event, Traded) else event
                for event in said[first:]
            ]


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "matching": TakersPrice}
