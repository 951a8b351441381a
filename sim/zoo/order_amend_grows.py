"""Order types: an amend that asks for more is let through, and the order keeps the place that it had when it was small.

Clearing refuses such an amend, and matching does, where another came before it; here neither does, and what there is more of
is held for.
"""

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
from tradewind.services.clearing.ledger import Ledger
from tradewind.services.matching import words
from tradewind.services.matching.listing import Listing
from tradewind.services.matching.machine import MatchingMachine

STORY = __doc__
CAUGHT_BY = ("A8",)
PROFILE = "direct"


class Growing(MatchingMachine):
    def _amend(self, listing: Listing, asked: AmendRequested, said: list[Event]) -> None:
        order = listing.book.orders.get(asked.order_id)
        if order is None or asked.quantity <= order.quantity:
            super()._amend(listing, asked, said)
            return
        more, seen = asked.quantity - order.quantity, order.seen()
        order.quantity += more
        order.left += more
        self._touched[asked.order_id] = listing
        said.append(words.reduced_resting(order, asked.symbol, -more, seen))


@contextmanager
def plant() -> Iterator[Machines]:
    amend, release = requests.amend, Ledger.release

    def unchecked(desk: Desk, command: AmendOrder, at: At, events: list[Event]) -> Reply:
        hold = requests.find(desk, command)
        if hold is None or command.quantity <= hold.quantity:
            return amend(desk, command, at, events)
        events.append(AmendRequested(hold.order_id, hold.account, hold.symbol, command.quantity))
        return OrderAck(hold.order_id, hold.client_order_id, hold.symbol, at.now)

    def either_way(self: Ledger, account: int, asset: str, units: int) -> None:
        if units < 0:
            self.hold(account, asset, -units)
        else:
            release(self, account, asset, units)

    with patched(requests, "amend", unchecked), patched(Ledger, "release", either_way):
        yield {**MACHINES, "matching": Growing}
