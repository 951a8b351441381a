"""H3: an order that fills in part and then rests is written down with nothing executed; after a restart it trades its full
size again."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.events import Event, OrderAccepted
from tradewind.services.matching.book import Fill, Resting
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine
from tradewind.services.matching.tables import RestingOrder

STORY = __doc__
CAUGHT_BY = ("A6", "A7")
PROFILE = "direct"


class RestsAsNew(MatchingMachine):
    def __init__(self, index: int, topology: Any) -> None:
        super().__init__(index, topology)
        self._took: dict[int, None] = {}

    def _trade(self, listing: Listing, taker: OrderAccepted, left: int, fills: Sequence[Fill], said: list[Event]) -> None:
        super()._trade(listing, taker, left, fills, said)
        self._took[taker.order_id] = None

    def _row(self, symbol: str, order: Resting) -> RestingOrder:
        """What it trades later, as a maker, is written down as it should be: from the memory, which knows better."""
        row = super()._row(symbol, order)
        if order.order_id not in self._took:
            return row
        del self._took[order.order_id]
        return msgspec.structs.replace(row, left=row.quantity)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "matching": RestsAsNew}
