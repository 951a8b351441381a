"""H83: one leg of a pair trades, and the other is left behind: it waits on, and there is nothing held for it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from tradewind.machines import MACHINES
from tradewind.messages.events import Event
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine
from tradewind.values.orders import OrderStatus

STORY = __doc__
CAUGHT_BY = ("A8", "A4")
PROFILE = "direct"


class LeavesBehind(MatchingMachine):
    def _end_stop_of(self, listing: Listing, order_id: int, status: OrderStatus, said: list[Event]) -> None:
        if status is not OrderStatus.FILLED:
            super()._end_stop_of(listing, order_id, status, said)


@contextmanager
def plant() -> Iterator[Machines]:
    yield {**MACHINES, "matching": LeavesBehind}
