"""H85: an amendment may also increase an order, and even then it keeps its place before all who came after it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sim.zoo.keeper import Machines
from sim.zoo.patching import patched
from tradewind.machines import MACHINES
from tradewind.messages.commands import AmendOrder
from tradewind.messages.events import AmendRequested, Event
from tradewind.messages.replies import OrderAck, Reply
from tradewind.runtime.machine import At
from tradewind.services.clearing import requests
from tradewind.services.clearing.desk import Desk
from tradewind.services.matching import words
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine

STORY = __doc__
CAUGHT_BY = ("A8", "A4")
PROFILE = "direct"


class Grows(MatchingMachine):
    def _amend(self, listing: Listing, asked: AmendRequested, said: list[Event]) -> None:
        order = listing.book.orders.get(asked.order_id)
        if order is None or asked.quantity <= order.quantity:
            super()._amend(listing, asked, said)
            return
        by = asked.quantity - order.quantity
        order.quantity, order.left = order.quantity + by, order.left + by
        self._touched[asked.order_id] = listing
        said.append(words.reduced_resting(order, asked.symbol, -by, order.seen()))


@contextmanager
def plant() -> Iterator[Machines]:
    amend = requests.amend

    def either_way(desk: Desk, command: AmendOrder, at: At, events: list[Event]) -> Reply:
        hold = requests.find(desk, command)
        if hold is None or command.quantity <= hold.quantity or command.quantity % desk.symbols[hold.symbol].lot:
            return amend(desk, command, at, events)
        events.append(AmendRequested(hold.order_id, hold.account, hold.symbol, command.quantity))
        return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)

    with patched(requests, "amend", either_way):
        yield {**MACHINES, "matching": Grows}
